// What the browser keeps of one person for this origin: their unsent messages and their drafts. Bounded by the browser's own limit.

export class PersonStorage {
  #storage: Storage | null;
  #prefix: string;

  /** `owner`: app and person; nobody else's page reads it. `storage` null keeps nothing beyond the page. */
  constructor(storage: Storage | null, owner: string) {
    this.#storage = storage;
    this.#prefix = `parley:${owner}:`;
  }

  read(key: string): string | null {
    return this.#storage?.getItem(this.#prefix + key) ?? null;
  }

  // A full or forbidden storage costs the surviving of a reload, nothing else.
  write(key: string, value: string | null): void {
    try {
      if (value === null) this.#storage?.removeItem(this.#prefix + key);
      else this.#storage?.setItem(this.#prefix + key, value);
    } catch (error) {
      console.warn("not kept:", error);
    }
  }

  keys(start = ""): string[] {
    const all = this.#storage ? Array.from({ length: this.#storage.length }, (_, index) => this.#storage?.key(index) ?? "") : [];
    return all.filter((key) => key.startsWith(this.#prefix + start)).map((key) => key.slice(this.#prefix.length));
  }

  clear(): void {
    for (const key of this.keys()) this.write(key, null);
  }
}

/** What the browser keeps for this origin; null where reading the property alone is forbidden. */
export function storageOf(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
