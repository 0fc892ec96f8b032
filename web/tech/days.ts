// The days of a date field: whether a text is one and, in the reader's zone, as moments of a filter. An empty or incomplete day is no filter.

/** Whether the text is a day that exists, as in 2026-03-02. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  // 2026-02-31 is read as a day of March.
  const moment = Date.parse(text);
  return !Number.isNaN(moment) && new Date(moment).toISOString().startsWith(text);
}

export function startOf(day: string): string | undefined {
  return moment(day, 0);
}

/** The start of the next day, so that the day itself belongs to the filter. */
export function dayAfter(day: string): string | undefined {
  return moment(day, 1);
}

function moment(day: string, later: number): string | undefined {
  const [year = 0, month = 0, date = 0] = day.split("-").map(Number);
  // Years that are still being typed, such as 0020, are before every entry.
  return year > 1969 && year < 10_000 ? new Date(year, month - 1, date + later).toISOString() : undefined;
}
