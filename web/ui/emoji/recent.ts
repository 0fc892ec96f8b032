// The emoji that a person used last, kept on this device. Gone at sign-out, with all else of the person.
import { PersonStorage, storageOf } from "../../wire";
import { COLUMNS } from "./groups";

const KEY = "emoji";
const KEPT = 3 * COLUMNS;

export class RecentEmoji {
  #storage: PersonStorage;

  /** `owner` is app and person. */
  constructor(owner: string) {
    this.#storage = new PersonStorage(storageOf(), owner);
  }

  /** The last used one first. A stored value may be of an older version, or broken. */
  all(): readonly string[] {
    try {
      const found: unknown = JSON.parse(this.#storage.read(KEY) ?? "[]");
      return Array.isArray(found) ? found.filter((one) => typeof one === "string").slice(0, KEPT) : [];
    } catch {
      return [];
    }
  }

  /** Another tab may have written meanwhile, so it reads first. */
  used(emoji: string): void {
    this.#storage.write(KEY, JSON.stringify([emoji, ...this.all().filter((one) => one !== emoji)].slice(0, KEPT)));
  }
}
