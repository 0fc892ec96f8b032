// The filters of the supervisors' page as its address has them.
import type { FigureQuery } from "../../wire/index.ts";
import { go, route } from "../router";

/** A day is as in 2026-03-02; any other text is no day, which is today. */
export function queryFrom(text: string): FigureQuery {
  const found = new URLSearchParams(text);
  const date = found.get("date") ?? "";
  return {
    ...(found.get("company") && { company: found.get("company")! }),
    ...(found.get("board") && { board: found.get("board")! }),
    ...(/^\d{4}-\d\d-\d\d$/.test(date) && !Number.isNaN(Date.parse(date)) && { date }),
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
