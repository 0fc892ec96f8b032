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
  of(place: string): string {
    return this.#typed.get(place) ?? this.#storage.read(`draft:${place}`) ?? "";
  }

  save(place: string, text: string): void {
    const kept = repaired(text);
    this.#typed.set(place, kept);
    this.#storage.write(`draft:${place}`, kept || null);
  }

  /** Below what is typed there already, perhaps in another tab. */
  add(place: string, text: string): void {
    const before = this.of(place).trimEnd();
    this.save(place, before ? `${before}\n${text}` : text);
  }
}
