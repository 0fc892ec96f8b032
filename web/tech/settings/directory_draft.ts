import { useRef, useState } from "preact/hooks";

import { type Board, type Company, oneLine, Refused } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { type Draft, useDraft } from "./draft";

/** The boards by name, and each company's default board (spec 2.10). */
export interface BoardSettings {
  boards: readonly Board[];
  defaults: Readonly<Record<string, string>>;
}

/**
 * Boards as a draft, like the other settings. The directory stores each entry separately and has no common version, so only the changed
 * fields are written, onto the entry's current value.
 */
export function useBoardDraft(): { form: Draft<BoardSettings>; companies: readonly Company[] } {
  const { store } = useApp();
  const [companies, setCompanies] = useState<readonly Company[]>([]);
  const loaded = useRef<BoardSettings>({ boards: [], defaults: {} });

  const fetched = async () => {
    const { boards = [], companies = [] } = await store.boardsAndCompanies();
    setCompanies(companies);
    loaded.current = { boards, defaults: Object.fromEntries(companies.map(({ id = "", defaultBoardId = "" }) => [id, defaultBoardId])) };
    return companies;
  };
  const load = async () => {
    await fetched();
    return { settings: loaded.current, version: 0 };
  };
  const write = async ({ boards, defaults }: BoardSettings) => {
    const before = loaded.current;
    const now = await fetched();
    for (const board of boards) {
      const old = before.boards.find(({ id }) => id === board.id);
      if (old?.name !== board.name) await put(`boards.${board.id}`, () => store.putEntry({ board: { ...board, name: oneLine(board.name ?? "") } }));
    }
    for (const company of now) {
      const { id = "" } = company;
      const wanted = defaults[id];
      if (wanted && wanted !== before.defaults[id]) await put(`defaults.${id}`, () => store.putEntry({ company: { ...company, defaultBoardId: wanted } }));
    }
    return load();
  };
  return { form: useDraft<BoardSettings>("boards", load, write), companies };
}

/** Moves a refusal from the entry's field to the entry's box. */
async function put(field: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (error instanceof Refused && error.field.startsWith("entry.")) {
      throw new Refused({ kind: error.kind, code: error.code, message: error.message, field: `settings.${field}` });
    }
    throw error;
  }
}
