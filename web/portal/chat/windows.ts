// Which chats are on screen. Closing only hides (spec 7.1): the session goes on, and its button leads back to it.
import { signal } from "@preact/signals";

import { announce, words } from "../../ui";
import { isIn, type Store } from "../../wire";

export const hidden = signal<ReadonlySet<string>>(new Set());
export const minimised = signal<ReadonlySet<string>>(new Set());
/** Opened by hand: also those that do not open by themselves. */
export const wished = signal<ReadonlySet<string>>(new Set());
/** Opened from a ticket's timeline, to read. */
export const reading = signal<readonly string[]>([]);
/** The chat that was asked for last: it has the screen on a phone, and the focus. */
export const front = signal<{ id: string; asked: number }>({ id: "", asked: 0 });

export function showChat(id: string): void {
  hidden.value = without(hidden.value, id);
  minimised.value = without(minimised.value, id);
  wished.value = new Set(wished.value).add(id);
  front.value = { id, asked: front.value.asked + 1 };
}

export function readChat(id: string): void {
  if (!reading.value.includes(id)) reading.value = [...reading.value, id];
  showChat(id);
}

export function hideChat(id: string): void {
  reading.value = reading.value.filter((one) => one !== id);
  hidden.value = new Set(hidden.value).add(id);
}

export function minimiseChat(id: string): void {
  minimised.value = new Set(minimised.value).add(id);
}

/** How much of the chats fits beside each other: all windows; one and the bars of the minimised; or one alone, on a phone. */
export type Room = "all" | "one" | "phone";

const SIZES = { phone: matchMedia("(max-width: 560px)"), one: matchMedia("(max-width: 860px)") };
const roomNow = (): Room => (SIZES.phone.matches ? "phone" : SIZES.one.matches ? "one" : "all");
export const room = signal<Room>(roomNow());
for (const size of Object.values(SIZES)) size.addEventListener("change", () => (room.value = roomNow()));

let inView: ReadonlySet<string> = new Set();

/** The dock says which windows stand open. */
export function drawn(ids: readonly string[]): void {
  inView = new Set(ids);
}

/** A message to a chat that nobody looks at is announced, and a hidden window comes back minimised. Returns how to stop. */
export function followMessages(store: Store): () => void {
  return store.onLiveEvent((event) => {
    if (event.kind !== "message") return;
    const { sessionId, line } = event;
    // Of a window in view the log itself is read out.
    if (inView.has(sessionId) && document.visibilityState === "visible") return;
    announce(words.chat.newMessage(line.by.name ?? ""));
    if (!hidden.value.has(sessionId) || !isIn(store.sessionOf(sessionId).peek()?.card ?? {}, store.me.peek()?.person?.id ?? "")) return;
    minimiseChat(sessionId);
    hidden.value = without(hidden.value, sessionId);
  });
}

function without(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const rest = new Set(ids);
  rest.delete(id);
  return rest;
}
