// The ticket that the page shows, and the engineers who view it too (spec 9.2).
import { signal, type ReadonlySignal } from "@preact/signals";

import type { Person, TicketViewersFrame } from "./proto.ts";

export class TicketViewers {
  #ticketId = "";
  #viewers = signal<readonly Person[]>([]);
  #send: (ticketId: string) => boolean;

  constructor(send: (ticketId: string) => boolean) {
    this.#send = send;
  }

  /** Of the ticket on the page, with the page's own person; empty until received. */
  get viewers(): ReadonlySignal<readonly Person[]> {
    return this.#viewers;
  }

  /** Begins to view the ticket, until the returned function is called. A page views one ticket at a time. */
  view(ticketId: string): () => void {
    this.#change(ticketId);
    return () => {
      if (this.#ticketId === ticketId) this.#change("");
    };
  }

  /** A new connection: the server does not know the ticket. */
  connected(): void {
    this.#viewers.value = [];
    if (this.#ticketId) this.#send(this.#ticketId);
  }

  receive({ ticketId, viewers }: TicketViewersFrame): void {
    if (ticketId === this.#ticketId) this.#viewers.value = viewers ?? [];
  }

  #change(ticketId: string): void {
    this.#ticketId = ticketId;
    this.#viewers.value = [];
    // Without a connection, `connected` sends it.
    this.#send(ticketId);
  }
}
