import { locale } from "../../languages/language.ts";

// The time at a person, by the name of their time zone.

/** `time`: 14:05, with the weekday if it is another day for the reader. `ahead`: hours, negative behind the reader. */
export interface LocalTime {
  time: string;
  ahead: number;
}

/** `at`: milliseconds since 1970. `own`: the reader's zone. Null for a zone that this browser does not know. */
export function localTimeOf(zone: string, at: number, own = Intl.DateTimeFormat().resolvedOptions().timeZone): LocalTime | null {
  try {
    const [there, here] = [wallClock(zone, at), wallClock(own, at)];
    const isOtherDay = Math.floor(there / DAY_MS) !== Math.floor(here / DAY_MS);
    const format = new Intl.DateTimeFormat(locale, { timeZone: zone, hour: "2-digit", minute: "2-digit", weekday: isOtherDay ? "short" : undefined });
    return { time: format.format(at), ahead: (there - here) / HOUR_MS };
  } catch {
    return null;
  }
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What a clock in the zone shows, as if it were UTC: milliseconds, to the minute. Throws RangeError for an unknown zone. */
function wallClock(zone: string, at: number): number {
  const fields = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" } as const;
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, calendar: "gregory", numberingSystem: "latn", hourCycle: "h23", ...fields }).formatToParts(at);
  const of = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"));
}
