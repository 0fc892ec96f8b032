import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import type { Board, BoardsAndCompanies, Company, Store } from "../wire/index.ts";
import { useApp } from "./app_state";
import { texts } from "./texts";

/** What a page keeps of them is loaded again after this time, so that a colleague's change shows. */
const KEPT_MS = 60_000;
const RETRY_MS = [1_000, 5_000, 15_000];

/** The desk's boards and companies, which all parts of the page share: one load at each start, and again after a failure. */
export class DeskDirectory {
  /** Null before the first load. */
  readonly loaded = signal<BoardsAndCompanies | null>(null);
  #store: Pick<Store, "boardsAndCompanies" | "starts">;
  #start = 0; // of the last load
  #loadedAt = -Infinity;
  #busy = false;
  #failures = 0;
  #users = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: Pick<Store, "boardsAndCompanies" | "starts">) {
    this.#store = store;
  }

  /** Loads them unless this start has. After a failure it tries again until nobody uses them. Returns the function that ends the use. */
  use(): () => void {
    this.#users++;
    const start = this.#store.starts.peek();
    if (this.#start !== start || (!this.#busy && Date.now() - this.#loadedAt >= KEPT_MS)) void this.#try(start);
    return () => {
      if (--this.#users === 0) clearTimeout(this.#timer);
    };
  }

  /** Reads them now. Rejects if they cannot be read; those that were loaded before stay. */
  async load(): Promise<BoardsAndCompanies> {
    const found = await this.#store.boardsAndCompanies();
    this.loaded.value = found;
    this.#loadedAt = Date.now();
    return found;
  }

  async #try(start: number): Promise<void> {
    clearTimeout(this.#timer);
    [this.#start, this.#busy] = [start, true];
    try {
      await this.load();
      this.#failures = 0;
    } catch {
      const pause = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)];
      // A later start has begun its own load.
      if (this.#start === start && this.#users > 0) this.#timer = setTimeout(() => void this.#try(start), pause);
    }
    if (this.#start === start) this.#busy = false;
  }
}

/** The desk's companies by name; empty until loaded. */
export function useCompanies(): readonly Company[] {
  return useDirectory()?.companies ?? [];
}

/** The desk's boards by name; empty until loaded. */
export function useBoards(): readonly Board[] {
  return useDirectory()?.boards ?? [];
}

/** The choices of a list of boards or companies: those that are not archived, and the chosen ones, marked if they are (spec 2.10). */
export function optionsOf(entries: readonly (Board | Company)[], ...chosen: readonly string[]): { value: string; label: string }[] {
  return entries.filter(({ id = "", archived }) => !archived || chosen.includes(id)).map((entry) => ({ value: entry.id ?? "", label: markedName(entry) }));
}

/** The name, marked if the board or company is archived. */
export function markedName({ name = "", archived }: Board | Company): string {
  return archived ? texts.archivedName(name) : name;
}

/** Both; null until loaded. */
export function useDirectory(): BoardsAndCompanies | null {
  const { store, directory } = useApp();
  const start = store.starts.value;
  useEffect(() => directory.use(), [start]);
  return directory.loaded.value;
}
