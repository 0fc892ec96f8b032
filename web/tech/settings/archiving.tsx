import { Archive, ArchiveRestore } from "lucide-preact";

import { Chip, IconButton } from "../../ui";
import type { Board, Company } from "../../wire/index.ts";
import { settingsTexts } from "./settings_texts";

const t = settingsTexts.archiving;

/** Archives a saved board or company in the draft, or takes it back (spec 2.10). */
export function ArchiveButton({ entry: { name = "", archived }, onChange }: { entry: Board | Company; onChange: (archived: boolean) => void }) {
  const label = archived ? t.takeBack(name) : t.archive(name);
  return <IconButton icon={archived ? ArchiveRestore : Archive} label={label} onClick={() => onChange(!archived)} />;
}

/** Marks an archived board or company. */
export function ArchivedMark({ entry }: { entry: Board | Company }) {
  return entry.archived ? <Chip icon={Archive}>{t.archived}</Chip> : null;
}

/** The field as the draft has it: one that is archived as stored must say that it is not any more. */
export function archivedAs(archived: boolean, stored: Board | Company | undefined): boolean | undefined {
  return archived || (stored?.archived ? false : undefined);
}

/** Whether a list leaves it out until the archived ones are shown: it was archived before this draft. */
export function isHidden(entry: Board | Company, stored: Board | Company | undefined): boolean {
  return Boolean(entry.archived && stored?.archived);
}
