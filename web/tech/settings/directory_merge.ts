import { type Board, type Company, isolated, oneLine } from "../../wire/index.ts";
import { changed, same } from "./draft";
import { settingsTexts } from "./settings_texts";

/** The desk's boards and companies, each by name. */
export interface DirectorySettings {
  boards: readonly Board[];
  companyList: readonly Company[];
}

type Entry = Board | Company;

/**
 * What was changed from `base` to `mine`, on `theirs`: entry by entry and field by field. `fields` describes the fields that both changed,
 * each in its own way; `values` has mine of them.
 */
export function mergeDirectory(base: DirectorySettings, mine: DirectorySettings, theirs: DirectorySettings): { values: DirectorySettings; fields: string[] } {
  const boards = merged(base.boards, mine.boards, theirs.boards);
  const companies = merged(base.companyList, mine.companyList, theirs.companyList);
  const boardName = (id: unknown) => [...theirs.boards, ...mine.boards].find((board) => board.id === id)?.name ?? "";
  const shown = (field: string, value: unknown) => isolated(field === "defaultBoardId" ? boardName(value) : String(value ?? ""));
  return {
    values: { boards: boards.entries, companyList: companies.entries },
    fields: [...boards.both, ...companies.both].map(({ field, before, theirs, mine }) =>
      settingsTexts.bothChanged(settingsTexts.entryFields[field] ?? field, isolated(before.name ?? ""), shown(field, theirs), shown(field, mine)),
    ),
  };
}

interface BothChanged {
  field: string;
  before: Entry;
  theirs: unknown;
  mine: unknown;
}

function merged<Kind extends Entry>(base: readonly Kind[], mine: readonly Kind[], theirs: readonly Kind[]): { entries: Kind[]; both: BothChanged[] } {
  const of = (entries: readonly Kind[], id?: string) => entries.find((entry) => entry.id === id);
  const both: BothChanged[] = [];
  const entries = theirs.map((stored) => {
    const [before, draft] = [of(base, stored.id), of(mine, stored.id)];
    if (!draft) return stored;
    // Without `before` it is a new one that an earlier try has stored.
    const fields = changed(before ?? stored, draft);
    for (const field of before ? fields : []) {
      if (!alike(before![field], stored[field]) && !alike(draft[field], stored[field])) both.push({ field: String(field), before: before!, theirs: stored[field], mine: draft[field] });
    }
    return { ...stored, ...Object.fromEntries(fields.map((field) => [field, draft[field]])) };
  });
  // An entry that is stored no more, because the admin may not see it any more, is not written either.
  const added = mine.filter(({ id }) => !of(base, id) && !of(theirs, id));
  return { entries: [...entries, ...added], both };
}

/** A field that is not set has its default, false or empty, and names are stored on one line. */
function alike(one: unknown, other: unknown): boolean {
  const plain = (value: unknown) => (typeof value === "string" ? oneLine(value) : value) || undefined;
  return same(plain(one), plain(other));
}
