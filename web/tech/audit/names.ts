import { useBoards, useCompanies } from "../boards_and_companies";
import { settingsTexts } from "../settings/settings_texts";
import { auditTexts as t } from "./audit_texts";

const COMPANIES = new Set(["companies", "company_id"]);
const BOARDS = new Set(["boards", "default_board_id"]);
// What people wrote stays as it is.
const WRITTEN = new Set(["name", "title", "text", "host"]);

/** The value of a field with names instead of the ids of companies and boards, and a text instead of the program's word. */
export type NameValue = (field: string, value: string) => string;

export function useNames(): NameValue {
  const companies = useCompanies();
  const boards = useBoards();
  return (field, value) => {
    if (WRITTEN.has(field)) return value;
    const named = COMPANIES.has(field) ? companies : BOARDS.has(field) ? boards : [];
    return value
      .split(", ")
      .map((id) => named.find((one) => one.id === id)?.name ?? (Object.hasOwn(t.values, id) ? t.values[id] : id))
      .join(", ");
  };
}

/** What a field is called. `ofSettings`: of the desk's settings, where `companies.acme` is what one company has. */
export function fieldName(field: string, ofSettings: boolean, names: NameValue): string {
  const [group = "", ...rest] = field.split(".");
  if (ofSettings && rest.length) return t.chatOf(names(group, rest.join(".")));
  const setting = ofSettings && settingsTexts.fields[group.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())];
  return setting ? setting[0]!.toUpperCase() + setting.slice(1) : (t.fields[field] ?? field.replaceAll("_", " "));
}
