// Work that only one of the browser's pages does: a notification that reaches two tabs sounds once (spec 5.4).

const KEPT_FOR = 120_000;
const KEPT = 50;

type Done = { key: string; at: number };

/** The list is in the origin's storage, for two minutes and at most 50 entries. Without storage, only this page's own work counts. */
export class OnceInBrowser {
  #storage: Storage | null;
  #name: string;
  #own: Done[] = [];

  constructor(storage: Storage | null, name: string) {
    this.#storage = storage;
    this.#name = name;
  }

  /** Runs `work` while no other page of the browser does so under the same name. Without locks it runs at once. */
  alone<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    if (!navigator.locks) return work();
    return navigator.locks.request(`parley:${name}`, work) as Promise<Result>;
  }

  isDone(key: string): boolean {
    return this.#list().some((one) => one.key === key);
  }

  done(key: string): void {
    this.#own = [...this.#list(), { key, at: Date.now() }].slice(-KEPT);
    try {
      this.#storage?.setItem(this.#name, JSON.stringify(this.#own));
    } catch (error) {
      console.warn("not kept:", error);
    }
  }

  #list(): Done[] {
    let found: unknown = null;
    try {
      found = JSON.parse(this.#storage?.getItem(this.#name) ?? "null");
    } catch {
      // Of another version, or broken by a crash.
    }
    const list = Array.isArray(found) ? (found as Done[]) : this.#own;
    return list.filter((one) => one && typeof one.key === "string" && Math.abs(Date.now() - one.at) < KEPT_FOR);
  }
}
