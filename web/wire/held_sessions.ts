// Which sessions a page holds wholly: those that the person is in, and those that they opened beyond them.
import { effect, type ReadonlySignal } from "@preact/signals";

import type { SessionCard } from "./proto.ts";
import { isIn } from "./reads.ts";
import type { SessionBook } from "./session_book.ts";

type Options = {
  book: SessionBook;
  cards: ReadonlySignal<ReadonlyMap<string, SessionCard>>;
  me: () => string; // reads a signal
  /** The gateway sends sessions that one is in by itself; these it is asked for. */
  tell: (sessionIds: string[]) => void;
};

const MOST_FOLLOWED = 50;

export class HeldSessions {
  #options: Options;
  #opened = new Set<string>();
  #stop: (() => void) | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  start(): void {
    this.#stop ??= effect(() => this.#keep());
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  /** Said anew on each line: a new one knows nothing of this page. */
  follow(): void {
    this.#options.tell([...this.#opened].slice(-MOST_FOLLOWED));
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

  // Sessions that one is in are held whether a window shows them or not.
  #keep(): void {
    const { book, cards, me } = this.#options;
    const mine = new Set<string>();
    for (const [id, card] of cards.value) if (isIn(card, me())) mine.add(id);
    const held = [...book.views.peek().keys()];
    for (const id of mine) if (!book.holds(id)) void book.hold(id);
    for (const id of held) if (!mine.has(id) && !this.#opened.has(id)) book.drop(id);
  }
}
