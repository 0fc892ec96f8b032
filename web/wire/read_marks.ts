// Marks of the person's own messages: which one the server has, and which one others have read (spec 7.5).
import type { Person } from "./proto.ts";
import type { SessionState } from "./session_state.ts";

/** `sent`: the key of the last own message, while nobody else has read it. `seen`: the last own message that others have read. */
export type ReadMarks = { readonly sent?: string; readonly seen?: { readonly key: string; readonly by: readonly Person[] } };

export const NO_MARKS: ReadMarks = {};

// Nobody needs a mark further up, and each new entry looks for one.
const LOOK_BACK = 200;

/** `positions`: person id -> the revision up to which they have read. Internal notes have engineers as readers only. */
export function marksIn({ card, lines }: Pick<SessionState, "card" | "lines">, positions: ReadonlyMap<string, number>, me: string): ReadMarks {
  const people = new Map([card.customer ?? {}, ...(card.participants ?? [])].map((person) => [person.id ?? "", person]));
  const others = [...people.values()].filter(({ id = "" }) => id !== me && positions.has(id));
  let sent: string | undefined;
  for (let index = lines.length - 1; index >= Math.max(0, lines.length - LOOK_BACK); index--) {
    const line = lines[index]!;
    if (line.kind !== "message" || line.by.id !== me) continue;
    const by = others.filter(({ id = "", side }) => positions.get(id)! >= line.revision && !(line.internal && side === "SIDE_CUSTOMER"));
    if (by.length) return { sent, seen: { key: line.key, by } };
    sent ??= line.key;
    if (!others.length) break;
  }
  return { sent };
}

export function sameMarks(one: ReadMarks, other: ReadMarks): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
