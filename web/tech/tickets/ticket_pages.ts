import { useRef } from "preact/hooks";

import type { TicketList, TicketQuery } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { type Live, useLive } from "./live";

/** The pages that are loaded of one query, since one start. */
interface Held {
  name: string;
  pages: number;
  list: TicketList;
}

/**
 * The first pages of a query as one list. One more page is fetched alone. All are fetched anew after a change of any ticket, which may
 * move it to another page, and after a reconnect. `name`: the query without what changes with the time.
 */
export function useTicketPages(name: string, query: () => TicketQuery, pages: number): Live<TicketList> {
  const { store } = useApp();
  const held = useRef<Held | null>(null);
  const current = `${store.starts.value} ${name}`;
  const ask = async () => {
    const before = held.current;
    const asked = query();
    let [list, count] = before?.name === current && before.pages < pages ? [before.list, before.pages] : [await store.tickets.list(asked), 1];
    for (; count < pages && list.nextPageToken; count++) list = joined(list, await store.tickets.list({ ...asked, page: list.nextPageToken }));
    held.current = { name: current, pages, list };
    return list;
  };
  return useLive(`${name} ${pages}`, ask, () => {
    held.current = null;
    return true;
  }, "tickets");
}

/** Without the tickets that have moved from the pages before to the next one meanwhile. */
function joined(before: TicketList, next: TicketList): TicketList {
  const tickets = before.tickets ?? [];
  const ids = new Set(tickets.map(({ id }) => id));
  return { ...next, tickets: [...tickets, ...(next.tickets ?? []).filter(({ id }) => !ids.has(id))] };
}
