import type { PersonStorage } from "./person_storage.ts";
import { repaired } from "./text.ts";

/** Text that is typed and not sent, by session id or another draft key. */
export class Drafts {
  #storage: PersonStorage;
  #typed = new Map<string, string>(); // on this page

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
    this.#storage.write(`draft:${key}`, kept || null);
  }

  /** Appends to the existing draft, which may come from another tab. */
  add(key: string, text: string): void {
    const before = this.of(key).trimEnd();
    this.save(key, before ? `${before}\n${text}` : text);
  }
}
