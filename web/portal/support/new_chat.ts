// The text of a chat that has not begun: on the request page, or about a ticket. It is stored as a draft.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import type { Store } from "../../wire";
import { go, paths } from "../router";

/** Where a new chat was requested: a ticket's id, "" for the request page; null: nowhere. */
const wanted = signal<string | null>(null);

export function draftKey(ticketId = ""): string {
  return `new:${ticketId}`;
}

/** Opens the page that starts a chat (spec 2.2), with this text in its box. */
export function startAnew(store: Store, ticketId: string, text: string): void {
  if (text) store.addToDraft(draftKey(ticketId), text);
  wanted.value = ticketId;
  go(ticketId ? paths.ticket(ticketId) : paths.support);
}

/** Calls `begin` when a new chat is requested here and the page is `ready`. */
export function useWanted(ticketId: string, ready: boolean, begin: () => void): void {
  const here = wanted.value === ticketId && ready;
  useEffect(() => {
    if (!here) return;
    wanted.value = null;
    begin();
  }, [here]);
}
