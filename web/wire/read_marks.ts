// Marks of the person's own messages: which one the server has, and which one others have read (spec 7.5).
import type { Person } from "./proto.ts";
import type { SessionState } from "./session_state.ts";

/**
 * Keys of own messages. `sent`: the last one, while no page of the other side has it. `delivered`: the last one that such a page has, while
 * nobody has read it. `seen`: the last one that others have read.
 */
export type ReadMarks = { readonly sent?: string; readonly delivered?: string; readonly seen?: { readonly key: string; readonly by: readonly Person[] } };

export const NO_MARKS: ReadMarks = {};

// Nobody needs a mark further up, and each new entry looks for one.
const LOOK_BACK = 200;

/** How far a person has read a session, and how far a page of theirs has received it. */
export type Reach = { readonly read: number; readonly got: number };

/** `positions`: by person id. Internal notes have engineers as readers only; a message is delivered to the other side, a note to engineers. */
export function marksIn({ card, lines }: Pick<SessionState, "card" | "lines">, positions: ReadonlyMap<string, Reach>, me: string): ReadMarks {
  const people = new Map([card.customer ?? {}, ...(card.participants ?? [])].map((person) => [person.id ?? "", person]));
  const others = [...people.values()].filter(({ id = "" }) => id !== me && positions.has(id));
  let sent: string | undefined;
  let delivered: string | undefined;
  for (let index = lines.length - 1; index >= Math.max(0, lines.length - LOOK_BACK); index--) {
    const line = lines[index]!;
    if (line.kind !== "message" || line.by.id !== me) continue;
    const may = line.internal ? others.filter(({ side }) => side !== "SIDE_CUSTOMER") : others;
    const by = may.filter(({ id = "" }) => positions.get(id)!.read >= line.revision);
    if (by.length) return { sent, delivered, seen: { key: line.key, by } };
    if (may.some(({ id = "", side }) => positions.get(id)!.got >= line.revision && (line.internal || side !== line.by.side))) delivered ??= line.key;
    else if (!delivered) sent ??= line.key;
    if (!others.length) break;
  }
  return { sent, delivered };
}

export function sameMarks(one: ReadMarks, other: ReadMarks): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
