// Which chats the person closed or minimised, kept on this device so that a reload opens none of them by itself. Gone at sign-out.
import { isRecord, PersonStorage, storageOf } from "../../wire";

export type Choice = "closed" | "minimised";

const KEY = "windows";
// The latest choices. Older ones are of chats that have ended long ago.
const MAX_KEPT = 50;

export class KeptWindows {
  #storage: PersonStorage;

  constructor(person: string) {
    this.#storage = new PersonStorage(storageOf(), `portal:${person}`);
  }

  /** The oldest choice first. A stored value may be of an older version, or broken. */
  all(): readonly (readonly [id: string, choice: Choice])[] {
    try {
      const found: unknown = JSON.parse(this.#storage.read(KEY) ?? "{}");
      return isRecord(found) ? Object.entries(found).filter(isChoice).slice(-MAX_KEPT) : [];
    } catch {
      return [];
    }
  }

  /** Another tab may have written meanwhile, so it reads first. */
  set(id: string, choice: Choice | null): void {
    const others = this.all().filter(([other]) => other !== id);
    const now = choice ? [...others, [id, choice] as const].slice(-MAX_KEPT) : others;
    this.#storage.write(KEY, now.length ? JSON.stringify(Object.fromEntries(now)) : null);
  }
}

function isChoice(entry: [string, unknown]): entry is [string, Choice] {
  return entry[1] === "closed" || entry[1] === "minimised";
}
