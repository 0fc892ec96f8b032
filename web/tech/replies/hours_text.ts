// A desk's office hours as one line of text, such as "Mon–Fri 09:00–17:00 (Europe/London)".
import { locale } from "../../languages/language.ts";
import type { OfficeHours, WeeklySpan } from "../../wire/index.ts";
import { replyTexts as t } from "./reply_texts";

const dayName = new Intl.DateTimeFormat(locale, { weekday: "short", timeZone: "UTC" });
const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });
// 1 January 2024 was a Monday.
const at = (day: number, minute = 0): Date => new Date(Date.UTC(2024, 0, day, 0, minute));

/** Days in a row with the same times are written once. Without hours the desk is always open. */
export function hoursText(hours: OfficeHours | null): string {
  const spans = hours?.spans ?? [];
  if (!hours || spans.length === 0) return t.always;
  const days = [1, 2, 3, 4, 5, 6, 7].map((day) => ({ first: day, last: day, times: timesOf(spans.filter((span) => span.day === day)) }));
  const runs: typeof days = [];
  for (const day of days) {
    const before = runs.at(-1);
    if (before?.times === day.times) before.last = day.last;
    else runs.push(day);
  }
  const open = runs.filter((run) => run.times).map((run) => `${daysOf(run.first, run.last)} ${run.times}`);
  return `${open.join("; ")} (${hours.zone})`;
}

function daysOf(first: number, last: number): string {
  return first === last ? dayName.format(at(first)) : `${dayName.format(at(first))}–${dayName.format(at(last))}`;
}

function timesOf(spans: readonly WeeklySpan[]): string {
  const sorted = [...spans].sort((one, other) => (one.fromMinute ?? 0) - (other.fromMinute ?? 0));
  return sorted.map(({ fromMinute = 0, untilMinute = 0 }) => `${clock.format(at(1, fromMinute))}–${clock.format(at(1, untilMinute))}`).join(", ");
}
