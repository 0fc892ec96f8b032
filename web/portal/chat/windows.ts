// The visible chats. Closing a window only hides it (spec 7.1): the session goes on, and its button opens it again.
import { batch, effect, signal, untracked } from "@preact/signals";

import { announce, uiTexts } from "../../ui";
import { isIn, type Store } from "../../wire";
import { KeptWindows, type Choice } from "./kept_windows";

export const hidden = signal<ReadonlySet<string>>(new Set());
export const minimised = signal<ReadonlySet<string>>(new Set());
/** Opened by the person, including chats that do not open by themselves. */
export const wished = signal<ReadonlySet<string>>(new Set());
/** Opened from a ticket's timeline, for reading. */
export const reading = signal<readonly string[]>([]);
/** The chat opened last. It has the focus, and fills the screen on a phone. */
export const front = signal<{ id: string; asked: number }>({ id: "", asked: 0 });

// Null until the person is known.
let kept: KeptWindows | null = null;

export function showChat(id: string): void {
  kept?.set(id, null);
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
  choose(id, "closed");
}

export function minimiseChat(id: string): void {
  choose(id, "minimised");
}

function choose(id: string, choice: Choice): void {
  kept?.set(id, choice);
  const chosen = choice === "closed" ? hidden : minimised;
  chosen.value = new Set(chosen.value).add(id);
}

/** Shows the windows as bars, which is not the person's choice. */
export function collapse(ids: readonly string[]): void {
  if (ids.length) minimised.value = new Set([...minimised.value, ...ids]);
}

/** Restores the person's choices after a load of the page, and keeps later ones. A closed chat that has unread messages comes back
 * minimised. Returns a function that stops it. */
export function keepWindows(store: Store): () => void {
  const closed = new Set<string>();
  const restore = (person: string): void => {
    kept = new KeptWindows(person);
    const choices = kept.all();
    for (const [id, choice] of choices) if (choice === "closed") closed.add(id);
    hidden.value = new Set([...hidden.value, ...closed]);
    minimised.value = new Set([...minimised.value, ...choices.flatMap(([id, choice]) => (choice === "minimised" ? [id] : []))]);
  };
  const stop = effect(() => {
    const person = store.me.value?.person?.id;
    if (person && !kept) untracked(() => batch(() => restore(person)));
    for (const id of closed) {
      const view = store.sessionOf(id).value;
      if (!view?.revision) continue;
      closed.delete(id);
      if (view.unread.count) untracked(() => reveal(id));
    }
  });
  return () => {
    stop();
    kept = null;
  };
}

/** Shows a hidden window minimised. */
function reveal(id: string): void {
  batch(() => {
    minimiseChat(id);
    hidden.value = without(hidden.value, id);
  });
}

/** How many windows fit: all; one and the bars of the minimised; or one alone, which fills the screen: on a phone, upright or not, and on a
 * page that is zoomed to 200 %. */
export type Room = "all" | "one" | "phone";

// dock.css has the same sizes.
const SIZES = { phone: matchMedia("(max-width: 560px), (max-width: 860px) and (max-height: 480px)"), one: matchMedia("(max-width: 860px)") };
const roomNow = (): Room => (SIZES.phone.matches ? "phone" : SIZES.one.matches ? "one" : "all");
export const room = signal<Room>(roomNow());
for (const size of Object.values(SIZES)) size.addEventListener("change", () => (room.value = roomNow()));

let inView: ReadonlySet<string> = new Set();

/** The dock reports which windows are visible. */
export function drawn(ids: readonly string[]): void {
  inView = new Set(ids);
}

/** Announces a message in a chat that is not in view, and shows a hidden window minimised. Returns a function that stops it. */
export function followMessages(store: Store): () => void {
  return store.onLiveEvent((event) => {
    if (event.kind !== "message") return;
    const { sessionId, line } = event;
    // A window in view reads its own log out.
    if (inView.has(sessionId) && document.visibilityState === "visible") return;
    announce(uiTexts.chat.newMessage(line.by.name ?? ""));
    if (!hidden.value.has(sessionId) || !isIn(store.sessionOf(sessionId).peek()?.card ?? {}, store.me.peek()?.person?.id ?? "")) return;
    reveal(sessionId);
  });
}

function without(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const rest = new Set(ids);
  rest.delete(id);
  return rest;
}
