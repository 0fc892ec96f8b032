// Fetches /start, which has all that a page begins with, and retries until every service has answered.
import { batch, signal } from "@preact/signals";

import type { Start } from "./proto.ts";
import { asRefused, type Refused, waitOf } from "./refused.ts";

export type StartFetchOptions = {
  get: () => Promise<Start>;
  /** A request is about to be sent. */
  onRequest: () => void;
  /** Applies the answer. False if the page cannot use it and leaves. */
  onStart: (start: Start) => boolean;
};

export class StartFetch {
  /** The last request failed; it is retried. */
  readonly error = signal<Refused | null>(null);
  #options: StartFetchOptions;
  #requests = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: StartFetchOptions) {
    this.#options = options;
  }

  /** An answer that a newer request has overtaken is dropped. */
  async fetch(): Promise<void> {
    const request = ++this.#requests;
    this.stop();
    this.#options.onRequest();
    try {
      const start = await this.#options.get();
      if (request === this.#requests) batch(() => this.#apply(start));
    } catch (error) {
      if (request !== this.#requests) return;
      const refused = asRefused(error);
      this.error.value = refused;
      this.#fetchIn(Math.max(2_000, waitOf(refused)) + Math.random() * 2_000);
    }
  }

  /** Ends the retries. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #apply(start: Start): void {
    if (!this.#options.onStart(start)) return;
    this.error.value = null;
    if (start.missing?.length) this.#fetchIn(3_000 + Math.random() * 2_000);
  }

  #fetchIn(milliseconds: number): void {
    this.#timer = setTimeout(() => void this.fetch(), milliseconds);
  }
}
