// The sessions that a page holds in full: those that it shows, and those of the person that may have unread messages, which are counted.
import { computed, effect, type ReadonlySignal } from "@preact/signals";

import type { SessionView } from "./model.ts";
import type { SessionCard } from "./proto.ts";
import { isIn, type Reads } from "./reads.ts";
import type { SessionBook } from "./session_book.ts";

type Options = {
  book: SessionBook;
  reads: Reads;
  cards: ReadonlySignal<ReadonlyMap<string, SessionCard>>;
  /** Whether the page shows this session of the person without being asked. */
  opensByItself: (card: SessionCard) => boolean;
  me: () => string; // reads a signal
  /** Asks the gateway for these sessions. It sends the sessions that the person is in without being asked. */
  send: (sessionIds: string[]) => void;
};

const MAX_FOLLOWED = 50;

export class HeldSessions {
  /** The sessions as windows show them. Before the first fetch, a session has only its listed card. */
  readonly views: ReadonlySignal<ReadonlyMap<string, SessionView>>;
  #options: Options;
  #opened = new Set<string>();
  #viewOf = new Map<string, ReadonlySignal<SessionView | undefined>>();
  #stop: (() => void) | undefined;

  constructor(options: Options) {
    this.#options = options;
    const { book, cards } = options;
    this.views = computed(() => {
      const views = book.views.value;
      const unfetched = [...views.values()].filter((view) => !view.revision && cards.value.has(view.id));
      if (unfetched.length === 0) return views;
      const shown = new Map(views);
      for (const view of unfetched) shown.set(view.id, { ...view, card: cards.value.get(view.id) ?? view.card });
      return shown;
    });
  }

  viewOf(id: string): ReadonlySignal<SessionView | undefined> {
    const view = this.#viewOf.get(id) ?? computed(() => this.views.value.get(id));
    this.#viewOf.set(id, view);
    return view;
  }

  start(): void {
    this.#stop ??= effect(() => this.#keep());
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  /** Sends the followed sessions. Every new socket needs them again. */
  follow(): void {
    this.#options.send([...this.#opened].slice(-MAX_FOLLOWED));
  }

  open(id: string): Promise<void> {
    this.#opened.add(id);
    this.follow();
    return this.#options.book.hold(id);
  }

  close(id: string): void {
    this.#opened.delete(id);
    this.follow();
    this.#keep();
  }

  // A session that the person has read to its end is fetched when a window shows it, or when it goes on. So what a start fetches depends on
  // what is on screen and unread, not on how many sessions the person is in. A held one stays until the person has left it.
  #keep(): void {
    const { book, cards, me, reads, opensByItself } = this.#options;
    const mine = new Map<string, SessionCard>();
    for (const [id, card] of cards.value) if (!card.older && isIn(card, me())) mine.set(id, card);
    const held = [...book.views.peek().keys()];
    for (const [id, card] of mine) {
      if (!book.holds(id) && (opensByItself(card) || (card.revision ?? 0) > reads.positionIn(id))) void book.hold(id);
    }
    for (const id of held) if (!mine.has(id) && !this.#opened.has(id)) book.drop(id);
  }
}
