// The list of tickets as its address has it: the filters, the order and how much is loaded. The scroll position is in the history's entry.
import { useEffect, useLayoutEffect } from "preact/hooks";

import type { TicketStatus } from "../../wire/index.ts";
import { type CurrentRoute, replaceQuery, route } from "../router";
import { OPEN_STATUSES, PRIORITIES } from "./chips";
import { orderOf, orderText } from "./list_order";

export interface ListAddress {
  search: string;
  /** "open", or one of STATUSES. */
  status: string;
  board: string;
  /** The id of an engineer, or NOBODY. */
  assignee: string;
  /** The id of a customer. */
  customer: string;
  priority: string;
  /** Days without a change, one of AGES. */
  age: string;
  /** An order (list_order.ts). */
  sort: string;
  /** Pages that are loaded. */
  pages: number;
}

export const BLANK: ListAddress = { search: "", status: "", board: "", assignee: "", customer: "", priority: "", age: "", sort: "", pages: 1 };
export const STATUSES: TicketStatus[] = [...OPEN_STATUSES, "TICKET_STATUS_CLOSED"];
/** No id has this character. */
export const NOBODY = "*";
export const AGES = ["1", "3", "7", "30"];
const MOST_PAGES = 40;
let last = "";

export function addressOf(query: string): ListAddress {
  const found = new URLSearchParams(query);
  const text = (name: string) => found.get(name) ?? "";
  const oneOf = (name: string, values: readonly string[]) => (values.includes(text(name)) ? text(name) : "");
  const pages = Number(found.get("pages"));
  return {
    search: text("search"),
    status: oneOf("status", ["open", ...STATUSES]),
    board: text("board"),
    assignee: text("assignee"),
    customer: text("customer"),
    priority: oneOf("priority", PRIORITIES.map(({ value }) => value)),
    age: oneOf("age", AGES),
    sort: orderText(orderOf(text("sort"))),
    pages: pages >= 1 && pages <= MOST_PAGES ? Math.floor(pages) : 1,
  };
}

/** Without what has its default. */
export function queryOf(address: ListAddress): string {
  const changed = Object.entries(address).filter(([name, value]) => value !== BLANK[name as keyof ListAddress]);
  return new URLSearchParams(changed.map(([name, value]) => [name, String(value)])).toString();
}

/** The list that was shown last, for the way back from a ticket. */
export function lastList(): { page: "tickets"; query: string } {
  return { page: "tickets", query: last };
}

/** The address, and what changes it. A change replaces the entry of the history; other filters begin with one page. */
export function useListAddress(): [ListAddress, (part: Partial<ListAddress>) => void] {
  const query = queryIn(route.value);
  useEffect(() => void (last = query), [query]);
  return [addressOf(query), (part) => replaceQuery("tickets", queryOf({ ...addressOf(queryIn(route.peek())), pages: 1, ...part }))];
}

/** The last list's while another page is shown. */
function queryIn(at: CurrentRoute): string {
  return at.page === "tickets" ? (at.query ?? "") : last;
}

/** Scrolls the page to where it was when its entry of the history was left, once its rows are there. */
export function useScrollOfEntry(ready: boolean): void {
  useLayoutEffect(() => {
    const page = document.getElementById("page");
    const { scroll } = (history.state ?? {}) as { scroll?: number };
    if (ready && page && scroll) page.scrollTop = scroll;
  }, [ready]);
}
