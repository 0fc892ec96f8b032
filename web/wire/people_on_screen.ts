// Whose presence is on screen: the gateway is told the set, and tells what changes of it.
import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";

import type { PersonPresence, Presence } from "./proto.ts";

type Seen = { said: Signal<PersonPresence | null>; shown: ReadonlySignal<Presence>; revision: number };

export class PeopleOnScreen {
  #watchers = new Map<string, number>();
  #seen = new Map<string, Seen>();
  #told = "";
  #due = false;
  #tell: (personIds: string[]) => boolean;

  constructor(tell: (personIds: string[]) => boolean) {
    this.#tell = tell;
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

  /** All that was said of them last; null until something was. */
  saidOf(personId: string): ReadonlySignal<PersonPresence | null> {
    return this.#of(personId).said;
  }

  hear(presences: readonly PersonPresence[]): void {
    for (const one of presences) {
      const held = this.#of(one.personId ?? "");
      if ((one.revision ?? 0) < held.revision) continue;
      held.revision = one.revision ?? 0;
      held.said.value = one;
    }
  }

  /** A new line knows nothing of this page, and its first answer counts whatever was known before. */
  lineUp(): void {
    for (const held of this.#seen.values()) held.revision = 0;
    this.#told = "";
    this.#say();
  }

  #of(personId: string): Seen {
    const known = this.#seen.get(personId);
    if (known) return known;
    const said = signal<PersonPresence | null>(null);
    const seen = { said, shown: computed(() => said.value?.presence ?? "PRESENCE_UNSPECIFIED"), revision: 0 };
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
    // A page that changes lets go of many and takes as many in one go: one frame is enough.
    queueMicrotask(() => this.#say());
  }

  #say(): void {
    this.#due = false;
    const ids = [...this.#watchers.keys()].slice(0, 500).sort();
    const key = ids.join();
    if (key !== this.#told && this.#tell(ids)) this.#told = key;
  }
}
