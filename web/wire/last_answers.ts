import type { Store } from "./model.ts";
import { Refused } from "./refused.ts";

/** Kept for each store, so that a person who opens many tickets does not keep all of them. */
const MOST = 20;
const held = new WeakMap<Store, Map<string, unknown>>();

/** Keeps the answer to a question, as long as the page does not start again: then the person may see other things (spec 10.10). */
export function keepAnswer(store: Store, question: string, answer: unknown): void {
  const answers = held.get(store) ?? new Map<string, unknown>();
  const key = keyOf(store, question);
  answers.delete(key);
  answers.set(key, answer);
  for (const oldest of [...answers.keys()].slice(0, -MOST)) answers.delete(oldest);
  held.set(store, answers);
}

/** The last answer to a question that cannot be asked now, such as without a connection; null without one, and for any other error. */
export function lastAnswer<Answer>(store: Store, question: string, error: unknown): Answer | null {
  const away = error instanceof Refused && error.kind === "unavailable";
  return (away && (held.get(store)?.get(keyOf(store, question)) as Answer | undefined)) || null;
}

function keyOf(store: Store, question: string): string {
  return `${store.starts.peek()} ${question}`;
}
