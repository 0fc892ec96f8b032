import { useRef } from "preact/hooks";

import { type Board, type Company, isBlank, oneLine, Refused } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { type Draft, useDraft } from "./draft";

/** The desk's boards and companies, each by name. */
export interface DirectorySettings {
  boards: readonly Board[];
  companyList: readonly Company[];
}

/**
 * Boards and companies as a draft, like the other settings. The directory stores each entry separately and has no common version, so only
 * the changed fields are written, onto the entry's current value. Boards come first, because a company may name a new one.
 */
export function useDirectoryDraft(): Draft<DirectorySettings> {
  const { store, directory } = useApp();
  const loaded = useRef<DirectorySettings>({ boards: [], companyList: [] });

  const fetched = async (): Promise<DirectorySettings> => {
    const { boards = [], companies = [] } = await directory.load();
    return { boards, companyList: companies };
  };
  const load = async () => {
    loaded.current = await fetched();
    return { settings: loaded.current, version: 0 };
  };
  const write = async ({ boards, companyList }: DirectorySettings) => {
    const [before, now] = [loaded.current, await fetched()];
    for (const board of changedIn(boards, before.boards, now.boards)) await put(`boards.${board.id}`, () => store.putEntry({ board }));
    for (const company of changedIn(companyList, before.companyList, now.companyList)) await put(`companies.${company.id}`, () => store.putEntry({ company }));
    return load();
  };
  return useDraft<DirectorySettings>("directory", load, write);
}

/** Marks the box of the entry whose name was changed if the name is wrong, and unmarks those whose name the change has freed. */
export function checkNames(
  form: Draft<DirectorySettings>,
  kind: "boards" | "companies",
  entries: readonly (Board | Company)[],
  changedId: string,
  t: { nameMissing: string; nameTaken: string },
): void {
  const key = (name = "") => oneLine(name).toLowerCase();
  const wrongOf = ({ id, name = "" }: Board | Company) => {
    if (isBlank(name)) return t.nameMissing;
    return entries.some((other) => other.id !== id && key(other.name) === key(name)) ? t.nameTaken : undefined;
  };
  for (const entry of entries) {
    const box = `${kind}.${entry.id}`;
    if (entry.id === changedId || form.errorOf(box) === t.nameTaken) form.wrong(box, wrongOf(entry));
  }
}

/** The entries with what was changed since `before`, on what is stored `now`. */
function changedIn<Kind extends Board | Company>(wanted: readonly Kind[], before: readonly Kind[], now: readonly Kind[]): Kind[] {
  return wanted.flatMap((entry) => {
    const of = (entries: readonly Kind[]) => entries.find(({ id }) => id === entry.id);
    const old = of(before);
    const fields = (Object.keys(entry) as (keyof Kind)[]).filter((field) => !old || old[field] !== entry[field]);
    if (!fields.length) return [];
    const changes = Object.fromEntries(fields.map((field) => [field, field === "name" ? oneLine(entry.name ?? "") : entry[field]]));
    return [{ ...entry, ...of(now), ...changes } as Kind];
  });
}

/** Moves a refusal from the entry's field to the entry's box. */
async function put(entry: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (error instanceof Refused && error.field.startsWith("entry.")) {
      const field = error.field.endsWith(".default_board_id") ? `${entry}.board` : entry;
      throw new Refused({ kind: error.kind, code: error.code, message: error.message, field: `settings.${field}` });
    }
    throw error;
  }
}
