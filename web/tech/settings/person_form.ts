import type { DirectoryPerson } from "../../wire/index.ts";
import { isBlank, oneLine } from "../../wire/index.ts";
import { newId } from "../../wire/ids.ts";

/** What an engineer sees of companies or boards. */
export interface Seen {
  all: boolean;
  ids: readonly string[];
}

/** A person while they are edited. Fields of the other side keep what was typed, and are not sent. */
export interface PersonForm {
  side: "engineer" | "customer";
  name: string;
  email: string;
  phone: string;
  /** A name of the IANA database; empty when unknown. */
  timeZone: string;
  role: "ROLE_ENGINEER" | "ROLE_SUPERVISOR" | "ROLE_ADMIN";
  companyId: string;
  companies: Seen;
  boards: Seen;
  disabled: boolean;
}

export const NEW_PERSON: PersonForm = {
  ...{ side: "engineer", name: "", email: "", phone: "", timeZone: "", role: "ROLE_ENGINEER", companyId: "" },
  ...{ companies: { all: true, ids: [] }, boards: { all: true, ids: [] }, disabled: false },
};

export function formOf({ kind, name = "", email = "", phone = "", timeZone = "", role, companyId = "", access = {}, disabled = false }: DirectoryPerson): PersonForm {
  return {
    side: kind === "PERSON_KIND_CUSTOMER" ? "customer" : "engineer",
    ...{ name, email, phone, timeZone, companyId, disabled },
    role: role === "ROLE_ADMIN" || role === "ROLE_SUPERVISOR" ? role : "ROLE_ENGINEER",
    companies: { all: Boolean(access.allCompanies), ids: access.companyIds ?? [] },
    boards: { all: Boolean(access.allBoards), ids: access.boardIds ?? [] },
  };
}

/** The entry to save. `before`: the stored person; without it, a new one of the desk. */
export function personOf(form: PersonForm, before: DirectoryPerson | null, deskId: string): DirectoryPerson {
  const { side, companies, boards } = form;
  const both = {
    ...{ id: before?.id ?? newId(), deskId: before?.deskId ?? deskId, trial: before?.trial ?? false, disabled: form.disabled },
    ...{ name: oneLine(form.name), email: form.email.trim(), phone: form.phone.replaceAll(/[\s().-]/g, "") },
  };
  if (side === "customer") return { ...both, kind: "PERSON_KIND_CUSTOMER", companyId: form.companyId, timeZone: form.timeZone };
  const access = { allCompanies: companies.all, companyIds: companies.all ? [] : [...companies.ids], allBoards: boards.all, boardIds: boards.all ? [] : [...boards.ids] };
  return { ...both, kind: "PERSON_KIND_ENGINEER", role: form.role, access, timeZone: before?.timeZone };
}

/** The fields that are missing. */
export function missingIn(form: PersonForm): ("name" | "companyId")[] {
  return [...(isBlank(form.name) ? (["name"] as const) : []), ...(form.side === "customer" && !form.companyId ? (["companyId"] as const) : [])];
}
