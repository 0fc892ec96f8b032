import { useRef } from "preact/hooks";

import { type Board, type BoardsAndCompanies, type Company, isBlank, oneLine, Refused } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { type DirectorySettings, mergeDirectory } from "./directory_merge";
import { changed, type Draft, useDraft } from "./draft";

/**
 * Boards and companies as a draft, like the other settings. The directory stores each entry separately and has no common version, so only
 * the changed fields are written, onto the entry's current revision. Boards come first, because a company may name a new one. Those to
 * archive come last, because a company may name them until then.
 */
export function useDirectoryDraft(): Draft<DirectorySettings> {
  const { store, directory } = useApp();
  const loaded = useRef<DirectorySettings>({ boards: [], companyList: [] });

  const load = async () => {
    const { boards = [], companies = [] } = await directory.load();
    loaded.current = { boards, companyList: companies };
    return { settings: loaded.current, version: 0 };
  };
  const writeAll = async (values: DirectorySettings, { boards = [], companies = [], revisions = {} }: BoardsAndCompanies) => {
    const putBoards = async (some: readonly Board[]) => {
      for (const board of some) await put(`boards.${board.id}`, () => store.putEntry({ board }, revisions[`board:${board.id}`]));
    };
    const changedBoards = changedIn(values.boards, boards);
    await putBoards(changedBoards.filter(({ archived }) => !archived));
    for (const company of changedIn(values.companyList, companies)) {
      await put(`companies.${company.id}`, () => store.putEntry({ company }, revisions[`company:${company.id}`]));
    }
    await putBoards(changedBoards.filter(({ archived }) => archived));
  };
  const write = async (draft: DirectorySettings) => {
    const stored = await directory.load();
    const { values, fields } = mergeDirectory(loaded.current, draft, { boards: stored.boards ?? [], companyList: stored.companies ?? [] });
    if (fields.length) throw new Refused({ kind: "aborted", code: "changed_meanwhile" });
    await writeAll(values, stored);
    return load();
  };
  return useDraft<DirectorySettings>("directory", load, write, mergeDirectory);
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

/** The entries that differ from what is stored, a new name on one line. */
function changedIn<Kind extends Board | Company>(wanted: readonly Kind[], stored: readonly Kind[]): Kind[] {
  return wanted.flatMap((entry) => {
    const before = stored.find(({ id }) => id === entry.id);
    const now = before?.name === entry.name ? entry : { ...entry, name: oneLine(entry.name ?? "") };
    return !before || changed(before, now).length > 0 ? [now] : [];
  });
}

/** Moves a refusal from the entry's field to the entry's box. */
export async function put(entry: string, write: () => Promise<void>): Promise<void> {
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
