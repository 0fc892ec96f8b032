// The values of a form while it is filled in. They survive reload, crash and navigation, per person, until the form is sent (spec 7.9).
import { signal } from "@preact/signals";

import { newId } from "./ids.ts";
import type { Store } from "./model.ts";

type Held<Values> = { values: Values; commandId: string };

export class FormDraft<Values extends object> {
  #store: Pick<Store, "draft" | "saveDraft">;
  #key: string;
  #blank: Values;
  #held;

  /** `blank` holds the initial values. A stored value is used only where its name and type match. */
  constructor(store: Pick<Store, "draft" | "saveDraft">, key: string, blank: Values) {
    this.#store = store;
    this.#key = key;
    this.#blank = blank;
    this.#held = signal<Held<Values>>(restored(store.draft(key), blank) ?? { values: blank, commandId: newId() });
  }

  get values(): Values {
    return this.#held.value.values;
  }

  /** The command id for sending the form. It changes only with the content, so a retry after a lost answer has no second effect. */
  get commandId(): string {
    return this.#held.peek().commandId;
  }

  set(part: Partial<Values>): void {
    const values = { ...this.#held.peek().values, ...part };
    const held = { values, commandId: newId() };
    this.#held.value = held;
    this.#store.saveDraft(this.#key, same(values, this.#blank) ? "" : JSON.stringify(held));
  }

  /** Removes the draft after the form is sent. */
  clear(): void {
    this.#held.value = { values: this.#blank, commandId: newId() };
    this.#store.saveDraft(this.#key, "");
  }
}

function restored<Values extends object>(text: string, blank: Values): Held<Values> | null {
  try {
    const found = JSON.parse(text) as Partial<Held<Record<string, unknown>>> | null;
    if (!found?.values || typeof found.commandId !== "string") return null;
    const fields = Object.entries(blank).map(([name, value]) => {
      const kept = found.values?.[name];
      return [name, typeof kept === typeof value && Array.isArray(kept) === Array.isArray(value) ? kept : value];
    });
    return { values: Object.fromEntries(fields) as Values, commandId: found.commandId };
  } catch {
    return null;
  }
}

function same(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
