// The browser storage of one person for this origin: unsent messages and drafts. Its size limit is the browser's own.

export class PersonStorage {
  #storage: Storage | null;
  #prefix: string;

  /** `owner` is app and person. Without `storage`, nothing outlives the page. */
  constructor(storage: Storage | null, owner: string) {
    this.#storage = storage;
    this.#prefix = `parley:${owner}:`;
  }

  read(key: string): string | null {
    return this.#storage?.getItem(this.#prefix + key) ?? null;
  }

  /** False with a full or forbidden storage: then the value does not survive a reload. */
  write(key: string, value: string | null): boolean {
    try {
      if (value === null) this.#storage?.removeItem(this.#prefix + key);
      else this.#storage?.setItem(this.#prefix + key, value);
      return value === null || this.#storage !== null;
    } catch (error) {
      console.warn("not kept:", error);
      return false;
    }
  }

  keys(start = ""): string[] {
    const all = this.#storage ? Array.from({ length: this.#storage.length }, (_, index) => this.#storage?.key(index) ?? "") : [];
    return all.filter((key) => key.startsWith(this.#prefix + start)).map((key) => key.slice(this.#prefix.length));
  }

  /** Calls with each value that another tab changes. Returns a function that stops it. */
  follow(start: string, changed: (key: string, before: string | null, now: string | null) => void): () => void {
    const own = this.#prefix + start;
    const listener = ({ key, oldValue, newValue, storageArea }: StorageEvent): void => {
      if (storageArea === this.#storage && key?.startsWith(own)) changed(key.slice(own.length), oldValue, newValue);
    };
    addEventListener("storage", listener);
    return () => removeEventListener("storage", listener);
  }

  clear(): void {
    for (const key of this.keys()) this.write(key, null);
  }
}

/** The origin's localStorage, or the sessionStorage, which is the tab's own and lasts through its reloads; null where access is forbidden. */
export function storageOf(ofTab = false): Storage | null {
  try {
    return ofTab ? sessionStorage : localStorage;
  } catch {
    return null;
  }
}
