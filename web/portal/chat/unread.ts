// What came while nobody looked: a chat that is minimised, hidden, or in a tab in the background.
import { computed, signal } from "@preact/signals";

import type { Store } from "../../wire";
import { hidden, minimised } from "./windows";

type Unread = { count: number; from: string }; // key of the first one

export const unread = signal<ReadonlyMap<string, Unread>>(new Map());
export const unreadTotal = computed(() => [...unread.value.values()].reduce((sum, one) => sum + one.count, 0));

export function countUnread(store: Store): () => void {
  return store.onNews((news) => {
    if (news.kind !== "message") return;
    const { sessionId, line } = news;
    const seen = document.visibilityState === "visible" && !minimised.value.has(sessionId) && !hidden.value.has(sessionId);
    if (seen) return;
    const before = unread.value.get(sessionId) ?? { count: 0, from: line.key };
    unread.value = new Map(unread.value).set(sessionId, { ...before, count: before.count + 1 });
  });
}

/** The reader saw the newest; the "New" line goes with the next message. */
export function seen(sessionId: string): void {
  if (!unread.value.has(sessionId)) return;
  const rest = new Map(unread.value);
  rest.delete(sessionId);
  unread.value = rest;
}
