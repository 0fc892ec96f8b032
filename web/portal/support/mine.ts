// The reader's own sessions among the listed ones.
import { useComputed, type ReadonlySignal } from "@preact/signals";

import { isIn, isLive, type SessionCard, type Store } from "../../wire";
import { useStore } from "../store_context";

export { isIn, isLive };

/** The one active chat request of this kind (spec 2.3): pre-ticket, or on this ticket. Push chats do not count. */
export function activeChat(store: Store, ticketId?: string): SessionCard | undefined {
  const me = store.me.value?.person?.id ?? "";
  for (const card of store.cards.value.values()) {
    const here = ticketId ? card.onTicket && card.ticketId === ticketId : !card.onTicket;
    if (isLive(card) && here && card.type === "CHAT_TYPE_REQUEST" && card.customer?.id === me && isIn(card, me)) return card;
  }
  return undefined;
}

export function useActiveChat(ticketId?: string): ReadonlySignal<SessionCard | undefined> {
  const store = useStore();
  return useComputed(() => activeChat(store, ticketId));
}
