// The abandoned and call-back sessions that became older. No live list has them: a page fetches their newest pages, and more of them on demand.
import { computed, signal, type ReadonlySignal } from "@preact/signals";

import type { ChatStatus, SessionCard, SessionList } from "./proto.ts";

/** The statuses that a session may have when it becomes older. */
export type OlderStatus = Extract<ChatStatus, "CHAT_STATUS_ABANDONED" | "CHAT_STATUS_CALLBACK">;

/** The loaded ones of a status, newest first. `total` is counted up to 1,000. `next` is empty if all are loaded. */
export type OlderList = { readonly cards: readonly SessionCard[]; readonly total: number; readonly next: string };

type Options = {
  statuses: readonly OlderStatus[];
  /** A page of them, newest first. */
  get: (status: OlderStatus, page: string) => Promise<SessionList>;
};

const NONE: OlderList = { cards: [], total: 0, next: "" };
// All pages of a desk learn of a change at once, so each waits for a random part of this.
const AFTER = 3_000;
const RETRY_AFTER = 5_000;

export class OlderSessions {
  readonly lists: ReadonlySignal<Readonly<Record<OlderStatus, OlderList>>>;
  /** The loaded cards of all lists. */
  readonly cards: ReadonlySignal<readonly SessionCard[]>;
  #lists = signal<Readonly<Record<OlderStatus, OlderList>>>({ CHAT_STATUS_ABANDONED: NONE, CHAT_STATUS_CALLBACK: NONE });
  #options: Options;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #fetches = 0;

  constructor(options: Options) {
    this.#options = options;
    this.lists = this.#lists;
    this.cards = computed(() => options.statuses.flatMap((status) => this.#lists.value[status].cards));
  }

  /** Fetches the lists, as long as they were. A failed fetch is repeated. */
  async fetch(): Promise<void> {
    this.stop();
    const fetch = ++this.#fetches;
    try {
      const lists = { ...this.#lists.value };
      for (const status of this.#options.statuses) lists[status] = await this.#fetched(status, this.#lists.value[status].cards.length);
      if (fetch === this.#fetches) this.#lists.value = lists;
    } catch {
      if (fetch === this.#fetches) this.#fetchIn(RETRY_AFTER);
    }
  }

  /** One of them changed, or became older. */
  changed(): void {
    this.#fetchIn(Math.random() * AFTER);
  }

  /** Fetches the next page. Rejects with Refused. */
  async more(status: OlderStatus): Promise<void> {
    const { cards, total, next } = this.#lists.value[status];
    if (!next) return;
    const fetch = this.#fetches;
    const page = await this.#options.get(status, next);
    if (fetch !== this.#fetches) return;
    this.#lists.value = { ...this.#lists.value, [status]: { cards: [...cards, ...(page.cards ?? [])], total, next: page.nextPageToken ?? "" } };
  }

  /** Ends the waiting fetch. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  async #fetched(status: OlderStatus, atLeast: number): Promise<OlderList> {
    const first = await this.#options.get(status, "");
    let cards = first.cards ?? [];
    let next = first.nextPageToken ?? "";
    while (next && cards.length < atLeast) {
      const page = await this.#options.get(status, next);
      cards = [...cards, ...(page.cards ?? [])];
      next = page.nextPageToken ?? "";
    }
    return { cards, total: first.total ?? 0, next };
  }

  #fetchIn(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.fetch(), milliseconds);
  }
}
