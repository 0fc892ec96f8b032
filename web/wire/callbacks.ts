// A call-back (spec 4.10, 4.14) in the state of a session and in its lines. services/chat/domain/callback_tries.py has the same rules.
import type { Person, SessionCard, SessionEntry, SessionEvent } from "./proto.ts";

export type CallbackFact = { what: "callback" | "callbackChanged" } | { what: "noAnswer"; who: Person; nextCallAt: string };
type Asked = NonNullable<SessionEvent["callbackAsked"]>;

/** What the event changes. */
export function callbackAsked(card: SessionCard, { wish, nextCallAt, due }: Asked, entry: SessionEntry): Partial<SessionCard> {
  const last = card.callbackTried;
  const change = { callback: wish, older: false };
  if (nextCallAt) return { ...change, callbackTried: { by: entry.by, at: entry.at, count: (last?.count ?? 0) + 1, nextCallAt, due: false } };
  if (!last) return change;
  if (due) return { ...change, callbackTried: { ...last, due: true } };
  const { nextCallAt: _, ...rest } = last;
  return { ...change, callbackTried: { ...rest, due: false } };
}

/** The line of the event; none when the time of the next call has come. */
export function callbackFact({ nextCallAt, due }: Asked, entry: SessionEntry): CallbackFact | null {
  if (nextCallAt) return { what: "noAnswer", who: entry.by ?? {}, nextCallAt };
  if (due) return null;
  const first = entry.events?.some((event) => event.sessionOpened || event.statusChanged);
  return { what: first ? "callback" : "callbackChanged" };
}
