// Read positions: how far the person has read each session (spec 7.6). Unread counts derive from them, so all tabs and devices agree.
import type { SessionView } from "./model.ts";
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
  send: (sessionId: string, revision: number) => boolean;
  changed: (sessionId: string) => void;
};

type Held = { here: number; saved: number; pause: number; timer?: ReturnType<typeof setTimeout> };

const EACH = 1_000;
const MAX_PAUSE = 15_000;

/** Sends positions, at most once a second per session, until the server confirms them. */
export class Reads {
  #options: ReadOptions;
  #held = new Map<string, Held>();

  constructor(options: ReadOptions) {
    this.#options = options;
  }

  unreadOf(id: string, { card, lines }: SessionState): Unread {
    const me = this.#options.me();
    return isIn(card, me) ? unreadIn(lines, this.positionIn(id), me) : NOTHING_UNREAD;
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

  /** Applies the server's positions, set by this page, another tab or another device. Ignores other people's. */
  saved(positions: readonly ReadPosition[] | undefined): void {
    for (const { sessionId = "", personId, revision = 0 } of positions ?? []) {
      if (personId !== this.#options.me()) continue;
      const before = this.positionIn(sessionId);
      const held = this.#of(sessionId);
      held.saved = Math.max(held.saved, revision);
      if (this.positionIn(sessionId) > before) this.#options.changed(sessionId);
    }
  }

  /** Sends unconfirmed positions again on a new connection. */
  connected(): void {
    for (const [sessionId, held] of this.#held) if (!held.timer) this.#send(sessionId, held);
  }

  drop(sessionId: string): void {
    clearTimeout(this.#held.get(sessionId)?.timer);
    this.#held.delete(sessionId);
  }

  stop(): void {
    for (const sessionId of [...this.#held.keys()]) this.drop(sessionId);
  }

  #of(sessionId: string): Held {
    const held = this.#held.get(sessionId) ?? { here: 0, saved: 0, pause: EACH };
    this.#held.set(sessionId, held);
    return held;
  }

  #send(sessionId: string, held: Held): void {
    if (held.here <= held.saved || !this.#options.send(sessionId, held.here)) return;
    held.timer = setTimeout(() => {
      held.timer = undefined;
      this.#send(sessionId, held);
    }, held.pause);
    held.pause = Math.min(MAX_PAUSE, held.pause * 2);
  }
}
