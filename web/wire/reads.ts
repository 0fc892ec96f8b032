// Read positions: how far people have read each session, and how far their pages have received it. Unread counts derive from the person's own, so all tabs and devices agree (spec 7.6); read marks from those of others (spec 7.5).
import type { SessionView } from "./model.ts";
import { marksIn, NO_MARKS, type Reach, type ReadMarks } from "./read_marks.ts";
import type { ReadPosition, SessionCard } from "./proto.ts";
import type { ChatLine, SessionState } from "./session_state.ts";

/** Unread messages of others: their count and the key of the first. */
export type Unread = { readonly count: number; readonly from: string | undefined };

const NOTHING_UNREAD: Unread = { count: 0, from: undefined };

/** `position` is a revision. An own message counts as read up to it. Looks only at unread lines. */
export function unreadIn(lines: readonly ChatLine[], position: number, me: string): Unread {
  let unread = NOTHING_UNREAD;
  for (let index = lines.length - 1; index >= 0; index--) {
    const line = lines[index]!;
    if (line.revision <= position) break;
    if (line.kind !== "message") continue;
    if (line.by.id === me) break;
    unread = { count: unread.count + 1, from: line.key };
  }
  return unread;
}

/** Waiting or handled. */
export function isLive({ status }: SessionCard): boolean {
  return status === "CHAT_STATUS_WAITING" || status === "CHAT_STATUS_HANDLED";
}

export function isIn(card: SessionCard, personId: string): boolean {
  return Boolean(card.participants?.some((person) => person.id === personId));
}

export type ReadOptions = {
  me: () => string;
  /** False without a connection. */
  send: (t: "read" | "delivered", sessionId: string, revision: number) => boolean;
  /** Whether the page holds the session. Positions of others are kept only for those. */
  holds: (sessionId: string) => boolean;
  changed: (sessionId: string) => void;
};

type Timer = ReturnType<typeof setTimeout>;
// `got`: what this page holds of it; `reported`: what the server knows a page of the person holds.
type Held = { here: number; saved: number; pause: number; timer?: Timer; got: number; reported: number; reporting?: Timer };

const EACH = 1_000;
const MAX_PAUSE = 15_000;

/** Sends the person's positions, at most once a second per session, until the server confirms them. */
export class Reads {
  #options: ReadOptions;
  #held = new Map<string, Held>();
  #others = new Map<string, Map<string, Reach>>(); // session -> person -> revisions

  constructor(options: ReadOptions) {
    this.#options = options;
  }

  unreadOf(id: string, { card, lines }: SessionState): Unread {
    const me = this.#options.me();
    return isIn(card, me) ? unreadIn(lines, this.positionIn(id), me) : NOTHING_UNREAD;
  }

  /** None in a session that has ended, where people leave and their positions go with them. */
  marksOf(id: string, state: SessionState): ReadMarks {
    return isLive(state.card) ? marksIn(state, this.#others.get(id) ?? new Map<string, Reach>(), this.#options.me()) : NO_MARKS;
  }

  /** The revision up to which the person has read the session; 0 if unknown. */
  positionIn(sessionId: string): number {
    const held = this.#held.get(sessionId);
    return held ? Math.max(held.here, held.saved) : 0;
  }

  /** The whole session is visible in this tab. */
  seen(view: SessionView | undefined): void {
    if (!view || view.loading) return;
    const { id, card, revision } = view;
    if (revision <= this.positionIn(id) || !isIn(card, this.#options.me()) || document.visibilityState !== "visible") return;
    const held = this.#of(id);
    held.here = revision;
    held.pause = EACH;
    if (!held.timer) this.#send(id, held);
    this.#options.changed(id);
  }

  /** This page holds the session in full. What is not read a second later is reported, so that others see it as delivered (spec 7.5). */
  received(id: string, state: SessionState): void {
    if (!this.unreadOf(id, state).count) return;
    const held = this.#of(id);
    held.got = state.revision;
    held.reporting ??= setTimeout(() => this.#report(id, held), EACH);
  }

  /** Applies the server's positions, set by this page, another tab or another device, or by other people. */
  saved(positions: readonly ReadPosition[] | undefined): void {
    for (const { sessionId = "", personId = "", revision = 0, delivered = 0 } of positions ?? []) {
      if (personId !== this.#options.me()) {
        this.#readBy(personId, sessionId, revision, delivered);
        continue;
      }
      const before = this.positionIn(sessionId);
      const held = this.#of(sessionId);
      held.saved = Math.max(held.saved, revision);
      held.reported = Math.max(held.reported, delivered);
      if (this.positionIn(sessionId) > before) this.#options.changed(sessionId);
    }
  }

  /** Sends unconfirmed positions again on a new connection. */
  connected(): void {
    for (const [sessionId, held] of this.#held) {
      if (!held.timer) this.#send(sessionId, held);
      // The last report may be lost. A fetch tells within a second whether it is.
      held.reported = 0;
      held.reporting ??= setTimeout(() => this.#report(sessionId, held), EACH);
    }
  }

  drop(sessionId: string): void {
    clearTimeout(this.#held.get(sessionId)?.timer);
    clearTimeout(this.#held.get(sessionId)?.reporting);
    this.#held.delete(sessionId);
    this.#others.delete(sessionId);
  }

  stop(): void {
    for (const sessionId of [...this.#held.keys()]) this.drop(sessionId);
  }

  #readBy(personId: string, sessionId: string, revision: number, delivered: number): void {
    if (!this.#options.holds(sessionId)) return;
    const others = this.#others.get(sessionId) ?? new Map<string, Reach>();
    const { read, got } = others.get(personId) ?? { read: 0, got: 0 };
    if (revision <= read && delivered <= got) return;
    this.#others.set(sessionId, others.set(personId, { read: Math.max(read, revision), got: Math.max(got, delivered) }));
    this.#options.changed(sessionId);
  }

  #of(sessionId: string): Held {
    const held = this.#held.get(sessionId) ?? { here: 0, saved: 0, pause: EACH, got: 0, reported: 0 };
    this.#held.set(sessionId, held);
    return held;
  }

  #report(sessionId: string, held: Held): void {
    held.reporting = undefined;
    if (held.got > Math.max(held.reported, this.positionIn(sessionId)) && this.#options.send("delivered", sessionId, held.got)) held.reported = held.got;
  }

  #send(sessionId: string, held: Held): void {
    if (held.here <= held.saved || !this.#options.send("read", sessionId, held.here)) return;
    held.timer = setTimeout(() => {
      held.timer = undefined;
      this.#send(sessionId, held);
    }, held.pause);
    held.pause = Math.min(MAX_PAUSE, held.pause * 2);
  }
}
