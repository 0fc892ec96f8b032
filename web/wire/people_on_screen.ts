// The people whose presence is on screen. The page sends the set to the gateway and receives changes of it.
import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";

import type { PersonPresence, Presence } from "./proto.ts";

type Seen = { last: Signal<PersonPresence | null>; shown: ReadonlySignal<Presence>; revision: number };

export class PeopleOnScreen {
  #watchers = new Map<string, number>();
  #seen = new Map<string, Seen>();
  #sent = "";
  #due = false;
  #send: (personIds: string[]) => boolean;

  constructor(send: (personIds: string[]) => boolean) {
    this.#send = send;
  }

  watch(personIds: readonly string[]): () => void {
    const ids = [...new Set(personIds.filter(Boolean))];
    this.#count(ids, 1);
    let watching = true;
    return () => {
      if (watching) this.#count(ids, -1);
      watching = false;
    };
  }

  presenceOf(personId: string): ReadonlySignal<Presence> {
    return this.#of(personId).shown;
  }

  /** The last received record; null before the first. */
  lastOf(personId: string): ReadonlySignal<PersonPresence | null> {
    return this.#of(personId).last;
  }

  receive(presences: readonly PersonPresence[]): void {
    for (const one of presences) {
      const held = this.#of(one.personId ?? "");
      if ((one.revision ?? 0) < held.revision) continue;
      held.revision = one.revision ?? 0;
      held.last.value = one;
    }
  }

  /** Sends the set again on a new socket. Its first answer is applied even if its revision is older. */
  connected(): void {
    for (const held of this.#seen.values()) held.revision = 0;
    this.#sent = "";
    this.#sendWatched();
  }

  #of(personId: string): Seen {
    const found = this.#seen.get(personId);
    if (found) return found;
    const last = signal<PersonPresence | null>(null);
    const seen = { last, shown: computed(() => last.value?.presence ?? "PRESENCE_UNSPECIFIED"), revision: 0 };
    this.#seen.set(personId, seen);
    return seen;
  }

  #count(ids: readonly string[], by: 1 | -1): void {
    for (const id of ids) {
      const count = (this.#watchers.get(id) ?? 0) + by;
      if (count > 0) this.#watchers.set(id, count);
      else this.#watchers.delete(id);
    }
    if (this.#due) return;
    this.#due = true;
    // A page change releases and adds many people at once; one frame is enough.
    queueMicrotask(() => this.#sendWatched());
  }

  #sendWatched(): void {
    this.#due = false;
    const ids = [...this.#watchers.keys()].slice(0, 500).sort();
    const key = ids.join();
    if (key !== this.#sent && this.#send(ids)) this.#sent = key;
  }
}
