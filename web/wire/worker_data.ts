// What a page leaves for its service worker, which has neither a socket nor localStorage. It is in IndexedDB and is removed at sign-out.
import { get, update } from "idb-keyval";

import type { Language } from "../languages/language.ts";
import type { App } from "./model.ts";

/** Who is signed in in this browser. */
export type WorkerData = {
  signInId: string;
  browserId: string;
  personId: string;
  /** When the sign-in expires. */
  expiresAt: string;
  /** Of the page that was opened last. Missing in what an earlier version left. */
  language?: Language;
};

type Found = WorkerData | undefined;

/** A store of values by key, as idb-keyval's. */
export type Database = {
  get(key: string): Promise<Found>;
  update(key: string, next: (found: Found) => Found): Promise<void>;
};

const indexedDatabase = (): Database | null => ("indexedDB" in globalThis ? { get, update } : null);

export class WorkerDataStore {
  #key: string;
  #database: Database | null;

  constructor(app: App, database = indexedDatabase()) {
    this.#key = `parley:${app}`;
    this.#database = database;
  }

  /** Undefined if nobody is signed in, or the browser has no storage. Then the worker shows neutral texts, and a click only opens the app. */
  async read(): Promise<Found> {
    return this.#database?.get(this.#key).catch(() => undefined);
  }

  /** Returns what it replaces, or `data` itself in a browser without storage. */
  save(data: WorkerData): Promise<Found> {
    return this.#change(() => data, data);
  }

  /** Removes the data if it is of this sign-in; if `signInId` is "", of any. Returns false if it is of another sign-in, and keeps it. */
  async remove(signInId: string): Promise<boolean> {
    const isOther = (found: Found): boolean => Boolean(found && signInId && found.signInId !== signInId);
    return !isOther(await this.#change((found) => (isOther(found) ? found : undefined), undefined));
  }

  /** Returns what was there, or `otherwise` in a browser without storage. */
  async #change(next: (found: Found) => Found, otherwise: Found): Promise<Found> {
    let before: Found;
    try {
      if (!this.#database) return otherwise;
      await this.#database.update(this.#key, (found) => next((before = found)));
      return before;
    } catch (error) {
      console.warn("not kept for the service worker:", error);
      return otherwise;
    }
  }
}
