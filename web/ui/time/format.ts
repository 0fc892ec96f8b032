import { locale } from "../../languages/language.ts";
import { uiTexts } from "../texts";
import { type Moment, toMs } from "./clock";

// undefined: the reader's own language and zone.
const time = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
const dayWithYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric" });
const full = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "medium" });
const exact = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit", second: "2-digit" });
const weekday = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });

/** 14:05 */
export function clockTime(moment: Moment): string {
  return time.format(toMs(moment));
}

/** 14:05 on the same day, else 3 Mar 14:05, with the year when it is another one. */
export function shortMoment(moment: Moment, now: Moment): string {
  const [at, today] = [new Date(toMs(moment)), new Date(toMs(now))];
  if (at.toDateString() === today.toDateString()) return time.format(at);
  return `${(at.getFullYear() === today.getFullYear() ? day : dayWithYear).format(at)}, ${time.format(at)}`;
}

/** 14:05:09 on the same day, else 3 Mar, 14:05:09. */
export function exactMoment(moment: Moment, now: Moment): string {
  const [at, today] = [new Date(toMs(moment)), new Date(toMs(now))];
  return at.toDateString() === today.toDateString() ? exact.format(at) : `${day.format(at)}, ${exact.format(at)}`;
}

/** Full date and time, for tooltips. */
export function wholeMoment(moment: Moment): string {
  return full.format(toMs(moment));
}

/** Today, Yesterday, or the weekday with its date. */
export function dayName(moment: Moment, now: Moment): string {
  const [at, today] = [new Date(toMs(moment)), new Date(toMs(now))];
  const days = Math.round((startOfDay(today) - startOfDay(at)) / 86_400_000);
  const name = days === 0 ? uiTexts.time.today : days === 1 ? uiTexts.time.yesterday : weekday.format(at);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** 0:14, 12:03, 1:02:09 */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** "just now", "5 min. ago", "yesterday"; beyond a week the date. */
export function ago(moment: Moment, now: Moment): string {
  const seconds = (toMs(now) - toMs(moment)) / 1000;
  if (seconds < 45) return uiTexts.time.now;
  if (seconds > 7 * 86_400) return shortMoment(moment, now);
  const [unit, size] = UNITS.find(([, unitSize]) => seconds >= unitSize) ?? ["minute", 60];
  return relative.format(-Math.max(1, Math.round(seconds / size)), unit);
}

/** Day and time of day in the reader's zone, as fields of these types take them: 2026-03-02, 09:05. */
export function typedMoment(moment: Moment): { day: string; time: string } {
  const at = new Date(moment);
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString();
  return { day: local.slice(0, 10), time: local.slice(11, 16) };
}
