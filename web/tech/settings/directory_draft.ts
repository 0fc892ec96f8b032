import { useRef } from "preact/hooks";

import { type Board, type BoardsAndCompanies, type Company, isBlank, oneLine, Refused } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { type DirectorySettings, mergeDirectory } from "./directory_merge";
import { changed, type Draft, useDraft } from "./draft";

/**
 * Boards and companies as a draft, like the other settings. The directory stores each entry separately and has no common version, so only
 * the changed fields are written, onto the entry's current revision. Boards come first, because a company may name a new one. They are
 * archived last, because a company may name them until then; a new name of theirs is written before, because another board may take the old one.
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
    const now = new Map(Object.entries(revisions));
    const putBoard = async (board: Board) => {
      const key = `board:${board.id}`;
      const revision = now.get(key);
      await put(`boards.${board.id}`, () => store.putEntry({ board }, revision));
      if (revision) now.set(key, revision + 1);
    };
    const asStored = (board: Board) => ({ ...board, archived: boards.find(({ id }) => id === board.id)?.archived });
    const unarchived = changedIn(values.boards.map((board) => (board.archived ? asStored(board) : board)), boards);
    for (const board of inOrderOfNames(unarchived, boards)) await putBoard(board);
    for (const company of inOrderOfNames(changedIn(values.companyList, companies), companies)) {
      await put(`companies.${company.id}`, () => store.putEntry({ company }, now.get(`company:${company.id}`)));
    }
    for (const board of changedIn(values.boards, boards)) {
      if (board.archived && !asStored(board).archived) await putBoard(board);
    }
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
  const wrongOf = ({ id, name = "" }: Board | Company) => {
    if (isBlank(name)) return t.nameMissing;
    return entries.some((other) => other.id !== id && nameKey(other.name) === nameKey(name)) ? t.nameTaken : undefined;
  };
  for (const entry of entries) {
    const box = `${kind}.${entry.id}`;
    if (entry.id === changedId || form.errorOf(box) === t.nameTaken) form.wrong(box, wrongOf(entry));
  }
}

/** By this the directory compares names. */
function nameKey(name = ""): string {
  return oneLine(name).toLowerCase();
}

/** Each entry after the one whose stored name it takes. The directory refuses two that exchange their names. */
function inOrderOfNames<Kind extends Board | Company>(entries: readonly Kind[], stored: readonly Kind[]): Kind[] {
  const left = [...entries];
  const inOrder: Kind[] = [];
  const mustWait = (entry: Kind) =>
    left.some((other) => other.id !== entry.id && nameKey(stored.find(({ id }) => id === other.id)?.name) === nameKey(entry.name));
  while (left.length) {
    const at = left.findIndex((entry) => !mustWait(entry));
    inOrder.push(...left.splice(Math.max(at, 0), 1));
  }
  return inOrder;
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
