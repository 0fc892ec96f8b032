import type { Store, Uploads } from "../../wire/index.ts";
import { uiTexts } from "../texts";

// One for each store, which a page has once.
const all = new WeakMap<Store["tickets"], KeptUploads>();

/** The files that are not sent yet, by the ticket or chat that they are for. They stay while the app shows another page; leaving the app asks first (spec 7.9). */
class KeptUploads {
  #of = new Map<string, Uploads>(); // as many as the person has chosen files for

  constructor() {
    addEventListener("beforeunload", (event) => {
      if (this.#some()) event.preventDefault();
    });
  }

  /** Asks whether the person signs out without the files that wait, if there are any. They stay in case signing out fails. */
  maySignOut(): boolean {
    return !this.#some() || confirm(uiTexts.signOutLosesFiles);
  }

  of(key: string, begin: () => Uploads): Uploads {
    const uploads = this.#of.get(key) ?? begin();
    this.#of.set(key, uploads);
    return uploads;
  }

  release(key: string): void {
    const uploads = this.#of.get(key);
    if (uploads && !hasFiles(uploads)) this.#of.delete(key);
  }

  #some(): boolean {
    return [...this.#of.values()].some(hasFiles);
  }
}

export function keptUploads({ tickets }: Pick<Store, "tickets">): KeptUploads {
  const found = all.get(tickets) ?? new KeptUploads();
  all.set(tickets, found);
  return found;
}

function hasFiles(uploads: Uploads): boolean {
  return uploads.items.peek().length > 0;
}
