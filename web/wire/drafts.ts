import type { PersonStorage } from "./person_storage.ts";
import { repaired } from "./text.ts";

/** Text that is typed and not sent, by session id or another draft key. */
export class Drafts {
  #storage: PersonStorage;
  #typed = new Map<string, string>(); // on this page
  #unstored = new Set<string>(); // keys of #typed
  #listeners = new Map<string, Set<(text: string) => void>>();

  constructor(storage: PersonStorage) {
    this.#storage = storage;
  }

  /** The text typed on this page, else the stored one. Without storage, a draft lasts as long as the page. */
  of(key: string): string {
    return this.#typed.get(key) ?? this.#storage.read(`draft:${key}`) ?? "";
  }

  save(key: string, text: string): void {
    const kept = repaired(text);
    this.#typed.set(key, kept);
    if (this.#storage.write(`draft:${key}`, kept || null)) this.#unstored.delete(key);
    else this.#unstored.add(key);
  }

  /** Takes over what another tab does with a draft, such as sending it, unless something else is typed here. Leaving the page asks first
   * while a draft could not be stored. Returns a function that stops both. */
  follow(): () => void {
    const leaving = (event: Event): void => {
      if (this.#unstored.size) event.preventDefault();
    };
    addEventListener("beforeunload", leaving);
    const stop = this.#storage.follow("draft:", (key, before, now) => {
      const here = this.#typed.get(key);
      if (here !== undefined && here !== (before ?? "")) return;
      this.#typed.delete(key);
      this.#unstored.delete(key);
      this.#listeners.get(key)?.forEach((listener) => listener(now ?? ""));
    });
    return () => {
      stop();
      removeEventListener("beforeunload", leaving);
    };
  }

  /** Calls with the text that another tab gave the draft. Returns a function that stops it. */
  onChange(key: string, listener: (text: string) => void): () => void {
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (!listeners.size) this.#listeners.delete(key);
    };
  }

  /** Appends to the existing draft, which may come from another tab. */
  add(key: string, text: string): void {
    const before = this.of(key).trimEnd();
    this.save(key, before ? `${before}\n${text}` : text);
  }
}
