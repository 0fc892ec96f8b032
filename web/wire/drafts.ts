import type { PersonStorage } from "./person_storage.ts";
import { repaired } from "./text.ts";

/** What is typed and not sent yet, by session or by any other name of a place where one types. */
export class Drafts {
  #storage: PersonStorage;
  #typed = new Map<string, string>(); // on this page

  constructor(storage: PersonStorage) {
    this.#storage = storage;
  }

  /** What was typed on this page, else what a page before it left: a storage that keeps nothing costs only the latter. */
  of(key: string): string {
    return this.#typed.get(key) ?? this.#storage.read(`draft:${key}`) ?? "";
  }

  save(key: string, text: string): void {
    const kept = repaired(text);
    this.#typed.set(key, kept);
    this.#storage.write(`draft:${key}`, kept || null);
  }

  /** Below what is typed there already, perhaps in another tab. */
  add(key: string, text: string): void {
    const before = this.of(key).trimEnd();
    this.save(key, before ? `${before}\n${text}` : text);
  }
}
