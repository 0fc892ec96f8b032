// Whose presence is on screen: the gateway is told the set, and tells what changes of it.
import { signal, type ReadonlySignal, type Signal } from "@preact/signals";

import type { PersonPresence, Presence } from "./proto.ts";

export class PeopleOnScreen {
  #watchers = new Map<string, number>();
  #presences = new Map<string, { shown: Signal<Presence>; revision: number }>();
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

  hear(presences: readonly PersonPresence[]): void {
    for (const one of presences) {
      const held = this.#of(one.personId ?? "");
      if ((one.revision ?? 0) < held.revision) continue;
      held.revision = one.revision ?? 0;
      held.shown.value = one.presence ?? "PRESENCE_UNSPECIFIED";
    }
  }

  /** A new line knows nothing of this page, and its first answer counts whatever was known before. */
  lineUp(): void {
    for (const held of this.#presences.values()) held.revision = 0;
    this.#told = "";
    this.#say();
  }

  #of(personId: string): { shown: Signal<Presence>; revision: number } {
    const held = this.#presences.get(personId) ?? { shown: signal<Presence>("PRESENCE_UNSPECIFIED"), revision: 0 };
    this.#presences.set(personId, held);
    return held;
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
