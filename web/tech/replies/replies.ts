// The canned replies of the engineer and of the desk, loaded when one is first looked for (spec 13.1).
import { signal } from "@preact/signals";

import type { CannedReply, OfficeHours, Store } from "../../wire/index.ts";

/** What a page keeps of them is loaded again after this time, so that a colleague's change shows. */
const KEPT_MS = 60_000;

export interface Loaded {
  own: readonly CannedReply[];
  ofDesk: readonly CannedReply[];
  /** Of the desk; null without any. Loaded only if a reply names them. */
  hours: OfficeHours | null;
}

export class Replies {
  readonly loaded = signal<Loaded | null>(null);
  readonly failed = signal(false);
  #store: Store;
  #loadedAt = -Infinity;
  #busy = false;
  #turn = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Loads them unless they were loaded a short time ago. */
  ask(): void {
    if (this.#busy || Date.now() - this.#loadedAt < KEPT_MS) return;
    this.#busy = true;
    void this.load().finally(() => (this.#busy = false));
  }

  /** Never rejects; `failed` tells. Of several at once the one that began last counts, since it may follow a change. */
  async load(): Promise<void> {
    const turn = ++this.#turn;
    try {
      const { own = [], ofDesk = [] } = await this.#store.cannedReplies.list();
      const named = [...own, ...ofDesk].some(({ text = "" }) => /\{hours\}/i.test(text));
      const hours = named ? ((await this.#store.chatSettings()).settings?.hours ?? null) : null;
      if (turn !== this.#turn) return;
      this.loaded.value = { own, ofDesk, hours };
      this.failed.value = false;
      this.#loadedAt = Date.now();
    } catch {
      if (turn === this.#turn) this.failed.value = true;
    }
  }
}
