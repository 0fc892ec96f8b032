// The filters of the supervisors' page as its address has them.
import { serverNow } from "../../ui";
import type { FigureQuery } from "../../wire/index.ts";
import { isDay } from "../days";
import { go, route } from "../router";

/** The first day that the server has figures of. */
export const FIRST_DAY = "1970-01-02";

/** The day that it is now in the zone; without one, in the reader's. */
export function todayIn(zone?: string): string {
  // In this locale a date is as in 2026-03-02.
  return new Intl.DateTimeFormat("sv", { timeZone: zone }).format(serverNow());
}

/** A day is as in 2026-03-02. A text that is no day, a day before FIRST_DAY and a future day are today, as is no text. */
export function queryFrom(text: string): FigureQuery {
  const found = new URLSearchParams(text);
  const date = found.get("date") ?? "";
  return {
    ...(found.get("company") && { company: found.get("company")! }),
    ...(found.get("board") && { board: found.get("board")! }),
    // The desk's zone comes with the figures. A day that is future only for the reader is today for the desk.
    ...(isDay(date) && date >= FIRST_DAY && date <= todayIn() && { date }),
  };
}

/** The filters, and what changes some of them. A change is a step of the browser's history. */
export function useFigureQuery(): [FigureQuery, (part: Partial<FigureQuery>) => void] {
  const at = route.value;
  const query = queryFrom((at.page === "supervisor" && at.query) || "");
  const change = (part: Partial<FigureQuery>): void => {
    const chosen = Object.entries({ ...query, ...part }).filter(([, value]) => value);
    go({ page: "supervisor", query: new URLSearchParams(chosen).toString() });
  };
  return [query, change];
}
