// The history as its address has it: the filters and how much is loaded.
import { useEffect } from "preact/hooks";

import type { ChatStatus, ChatType, HistoryQuery } from "../../wire/index.ts";
import { isDay } from "../days";
import { route } from "../router";
import { historyTexts as t } from "./history_texts";

export interface HistoryAddress {
  search: string;
  company: string;
  customer: string;
  status: string;
  type: string;
  /** The first and the last day, as in 2026-03-02; in the reader's zone. */
  from: string;
  until: string;
  /** Pages that are loaded. */
  pages: number;
}

export const BLANK: HistoryAddress = { search: "", company: "", customer: "", status: "", type: "", from: "", until: "", pages: 1 };
const MOST_PAGES = 20;
let last = "";

export function addressOf(query: string): HistoryAddress {
  const found = new URLSearchParams(query);
  const text = (name: string) => found.get(name) ?? "";
  const [status, type, pages] = [text("status"), text("type"), Number(found.get("pages"))];
  return {
    search: text("search"),
    company: text("company"),
    customer: text("customer"),
    status: Object.hasOwn(t.statuses, status) ? status : "",
    type: Object.hasOwn(t.types, type) ? type : "",
    from: dayOf(text("from")) ? text("from") : "",
    until: dayOf(text("until")) ? text("until") : "",
    pages: pages >= 1 && pages <= MOST_PAGES ? Math.floor(pages) : 1,
  };
}

/** Without what has its default. */
export function queryOf(address: HistoryAddress): string {
  const changed = Object.entries(address).filter(([name, value]) => value !== BLANK[name as keyof HistoryAddress]);
  return new URLSearchParams(changed.map(([name, value]) => [name, String(value)])).toString();
}

/** What the server is asked for. */
export function askedOf({ search, company, customer, status, type, from, until }: HistoryAddress): HistoryQuery {
  return {
    ...{ search, company, customer },
    status: status as ChatStatus,
    type: type as ChatType,
    from: secondOf(dayOf(from)),
    until: secondOf(dayOf(until, 1)),
  };
}

/** The list that was shown last, for the way back from a chat. */
export function lastHistory(): { page: "history"; query: string } {
  return { page: "history", query: last };
}

/** The query of the page's address, kept while another page is shown. */
export function useHistoryQuery(): string {
  const at = route.value;
  const query = at.page === "history" ? (at.query ?? "") : last;
  useEffect(() => void (last = query), [query]);
  return query;
}

/** The start of the day, or of the one `later` days after it; undefined for a text that is no day. */
function dayOf(text: string, later = 0): Date | undefined {
  if (!isDay(text)) return undefined;
  const [year = 0, month = 0, day = 0] = text.split("-").map(Number);
  return new Date(year, month - 1, day + later);
}

function secondOf(day: Date | undefined): string | undefined {
  return day && String(Math.max(0, Math.floor(day.getTime() / 1000)));
}
