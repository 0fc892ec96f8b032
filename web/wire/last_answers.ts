import type { Store } from "./model.ts";
import type { Ticket } from "./proto.ts";
import { Refused } from "./refused.ts";

/** Kept for each store, so that a person who opens many tickets does not keep all of them. */
const MOST = 20;
const held = new WeakMap<Store, Map<string, unknown>>();

/**
 * Keeps the answer to a question, as long as the page does not start again: then the person may see other things (spec 10.10). A change
 * of a ticket removes the answers with it, because the person may no longer see what was in them.
 */
export function keepAnswer(store: Store, question: string, answer: unknown): void {
  const answers = held.get(store) ?? listOf(store);
  const key = keyOf(store, question);
  answers.delete(key);
  answers.set(key, answer);
  for (const oldest of [...answers.keys()].slice(0, -MOST)) answers.delete(oldest);
}

/**
 * The last answer to a question that cannot be asked now, such as without a connection; null without one. Any other error is an answer of
 * its own: null, and what was kept is removed.
 */
export function lastAnswer<Answer>(store: Store, question: string, error: unknown): Answer | null {
  const answers = held.get(store);
  const key = keyOf(store, question);
  if (!(error instanceof Refused) || error.kind !== "unavailable") answers?.delete(key);
  return (answers?.get(key) as Answer | undefined) ?? null;
}

/** The answers of a store that has none yet. A ticket that changes removes its own. */
function listOf(store: Store): Map<string, unknown> {
  const answers = new Map<string, unknown>();
  held.set(store, answers);
  store.tickets.onChange(({ id }) => {
    for (const [key, answer] of answers) if (ticketsIn(answer).some((ticket) => ticket?.id === id)) answers.delete(key);
  });
  return answers;
}

/** The tickets of an answer that is a ticket's page or a list. */
function ticketsIn(answer: unknown): (Ticket | undefined)[] {
  const { ticket, tickets = [] } = answer as { ticket?: Ticket; tickets?: Ticket[] };
  return [ticket, ...tickets];
}

function keyOf(store: Store, question: string): string {
  return `${store.starts.peek()} ${question}`;
}
