// Which chats are on screen. Closing only hides (spec 7.1): the session goes on, and its button leads back to it.
import { signal } from "@preact/signals";

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

function without(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const rest = new Set(ids);
  rest.delete(id);
  return rest;
}
