// The cards and alerts that a page lists. /start returns all of them but the older sessions; frames change them.
import { computed, signal, type ReadonlySignal } from "@preact/signals";

import type { SessionView } from "./model.ts";
import { cardsDigest } from "./digest.ts";
import type { Alert, CardGrown, SessionCard, SessionEntry, Start } from "./proto.ts";
import type { Frame } from "./socket.ts";

type ListFrame = Extract<Frame, { t: "entry" | "card" | "cardGone" | "alertRaised" | "alertWithdrawn" | "digest" }>;

export class Lists {
  readonly alerts = signal<readonly Alert[]>([]);
  /** Cards as lists show them. For a held session, the newer of its card and the card that its entries make. */
  readonly cards: ReadonlySignal<ReadonlyMap<string, SessionCard>>;
  #received = signal<ReadonlyMap<string, SessionCard>>(new Map());
  #meanwhile: ListFrame[] | null = null; // frames since the /start request

  constructor(views: ReadonlySignal<ReadonlyMap<string, SessionView>>, older: ReadonlySignal<readonly SessionCard[]>) {
    this.cards = computed(() => {
      const cards = new Map(this.#received.value);
      for (const card of older.value) if (!cards.has(card.sessionId ?? "")) cards.set(card.sessionId ?? "", card);
      for (const [id, view] of views.value) {
        const received = cards.get(id);
        if (received && view.revision > (received.revision ?? 0)) cards.set(id, view.card);
      }
      return cards;
    });
  }

  /** Starts recording frames, because the answer of /start may be older than they are. */
  recordFrames(): void {
    this.#meanwhile = [];
  }

  started(start: Start): void {
    const meanwhile = this.#meanwhile ?? [];
    this.#meanwhile = null;
    const cards = new Map<string, SessionCard>();
    for (const card of start.cards ?? []) {
      const held = this.#received.value.get(card.sessionId ?? "");
      cards.set(card.sessionId ?? "", held && (held.revision ?? 0) > (card.revision ?? 0) ? held : card);
    }
    this.#received.value = cards;
    // Without notify the alerts stay as they are: an empty list would mean that nobody waits.
    if (!start.missing?.includes("notify")) this.alerts.value = newestFirst(start.alerts ?? []);
    for (const frame of meanwhile) this.receive(frame);
  }

  receive(frame: ListFrame): void {
    this.#meanwhile?.push(frame);
    switch (frame.t) {
      case "entry":
        return this.#written(frame.entry ?? {});
      case "card":
        return this.put(frame.card ?? {});
      case "cardGone":
        return this.#forget(frame.sessionId ?? "", frame.revision ?? 0);
      case "digest":
        return frame.grown?.forEach((one) => this.#bump(one));
      case "alertRaised":
        return this.#raise(frame.alert ?? {});
      case "alertWithdrawn":
        return this.withdraw((alert) => alert.alertId === frame.alertId);
    }
  }

  put(card: SessionCard): void {
    const id = card.sessionId ?? "";
    const held = this.#received.value.get(id);
    if (held && (held.revision ?? 0) > (card.revision ?? 0)) return;
    this.#received.value = new Map(this.#received.value).set(id, card);
  }

  withdraw(which: (alert: Alert) => boolean): void {
    if (this.alerts.value.some(which)) this.alerts.value = this.alerts.value.filter((alert) => !which(alert));
  }

  /** The checksum over the received cards. A newer card that entries made is not part of it. */
  digest(): number {
    return cardsDigest(this.#received.value.values());
  }

  #forget(id: string, revision: number): void {
    const held = this.#received.value.get(id);
    if (!held || (held.revision ?? 0) > revision) return;
    const rest = new Map(this.#received.value);
    rest.delete(id);
    this.#received.value = rest;
  }

  /** An entry of messages alone is sent without the card. */
  #written({ sessionId, revision = 0, at, events = [], hidden }: SessionEntry): void {
    if (hidden || !events.every((event) => event.messagePosted)) return;
    this.#bump({ sessionId, since: revision - 1, revision, modifiedAt: at });
  }

  /** The session has new messages. They change only the card's revision and time, unless the page missed an earlier change. */
  #bump({ sessionId = "", since = 0, revision = 0, modifiedAt }: CardGrown): void {
    const held = this.#received.value.get(sessionId);
    const heldRevision = held?.revision ?? 0;
    if (held && heldRevision >= since && heldRevision < revision) this.put({ ...held, revision, modifiedAt });
  }

  #raise(alert: Alert): void {
    this.alerts.value = newestFirst([...this.alerts.value.filter((one) => one.alertId !== alert.alertId), alert]);
  }
}

function newestFirst(alerts: readonly Alert[]): Alert[] {
  return [...alerts].sort((a, b) => Date.parse(b.raisedAt ?? "") - Date.parse(a.raisedAt ?? ""));
}
