import { Building2, Search, X } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { Avatar, Button, ErrorState, Field, IconButton, Select } from "../../ui";
import { Section } from "../../ui/surface/section";
import type { Company, DirectoryPerson } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { useFound } from "../found";
import { markedName, useCompanies } from "../boards_and_companies";
import type { SectionProps } from "./chat_sections";
import { settingsTexts } from "./settings_texts";

const t = settingsTexts.access;
const FOUND = 6;
// More than are shown, because those with an exception are left out.
const ASKED = 50;

interface Party {
  kind: "companies" | "customers";
  id: string;
  name: string;
  below: string;
}

/** Exceptions to the desk's permissions (spec 2.8). */
export function Access({ form, values }: SectionProps) {
  const { store } = useApp();
  const [text, setText] = useState("");
  const companies = useCompanies();
  const nameOf = (id: string | undefined) => companies.find((company) => company.id === id)?.name ?? "";
  const customerParty = ({ id = "", name = "", companyId }: DirectoryPerson): Party => ({ kind: "customers", id, name, below: nameOf(companyId) });
  const companyParty = (company: Company): Party => ({ kind: "companies", id: company.id ?? "", name: markedName(company), below: t.company });
  const { found: people, failed, reload } = useFound(text, async (search) => (search ? (await store.people({ kind: "customer", search, limit: ASKED })).people : []));
  const { named, add } = useNamed(Object.keys(values.customers ?? {}));
  const partyOf = (kind: Party["kind"], id: string): Party => {
    const company = kind === "companies" && companies.find((one) => one.id === id);
    const customer = kind === "customers" && named.get(id);
    return company ? companyParty(company) : customer ? customerParty(customer) : { kind, id, name: id, below: "" };
  };
  const exceptions = (["companies", "customers"] as const).flatMap((kind) =>
    Object.entries(values[kind] ?? {}).map(([id, may]) => ({ may, party: partyOf(kind, id) })),
  );
  const put = ({ kind, id }: Party, may: boolean) => form.set({ [kind]: { ...values[kind], [id]: may } });
  const remove = ({ kind, id }: Party) => {
    const { [id]: _, ...rest } = values[kind] ?? {};
    form.set({ [kind]: rest });
  };
  const typed = text.trim().toLowerCase();
  const byName = companies.filter(({ name = "", archived }) => !archived && name.toLowerCase().includes(typed)).map(companyParty);
  const parties = typed ? [...byName, ...(people ?? []).map(customerParty)] : [];
  const found = parties.filter((party) => values[party.kind]?.[party.id] === undefined);
  return (
    <Section title={t.title} lead={t.lead}>
      <Field label={t.find} type="search" value={text} onInput={setText} before={<Search size={15} aria-hidden="true" />} />
      {typed && (
        <div class="settings__found" role="group" aria-label={t.results}>
          {found.slice(0, FOUND).map((party) => (
            <Button
              key={`${party.kind}:${party.id}`}
              size="s"
              variant="ghost"
              onClick={() => {
                add(people?.find(({ id }) => id === party.id));
                put(party, false);
                setText("");
              }}
            >
              <bdi>{party.name}</bdi> <span class="settings__below">{party.below}</span>
            </Button>
          ))}
          {found.length === 0 && !failed && <p class="settings__empty">{t.none}</p>}
        </div>
      )}
      {failed && <ErrorState compact title={t.failed} onRetry={reload} />}
      {exceptions.length === 0 && <p class="settings__empty">{t.empty}</p>}
      {exceptions.length > 0 && (
        <ul class="settings__exceptions" aria-label={t.list}>
          {exceptions.map(({ may, party }) => (
            <li key={`${party.kind}:${party.id}`} class="settings__exception">
              {party.kind === "companies" ? <Building2 size={18} aria-hidden="true" /> : <Avatar id={party.id} name={party.name} size="s" />}
              <span class="settings__party">
                <bdi>{party.name}</bdi> <span class="settings__below">{party.below}</span>
              </span>
              <Select
                label={t.setting(party.name)}
                bare
                value={may ? "yes" : "no"}
                onInput={(value) => put(party, value === "yes")}
                options={[
                  { value: "yes", label: t.allowed },
                  { value: "no", label: t.blocked },
                ]}
              />
              <IconButton icon={X} label={t.remove(party.name)} size="s" onClick={() => remove(party)} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

/** Fetches customers by id, each one once. */
function useNamed(ids: readonly string[]) {
  const { store } = useApp();
  const [named, setNamed] = useState<ReadonlyMap<string, DirectoryPerson>>(new Map());
  const asked = useRef(new Set<string>());
  const add = (person: DirectoryPerson | undefined) => {
    if (!person?.id) return;
    asked.current.add(person.id);
    setNamed((before) => new Map(before).set(person.id ?? "", person));
  };
  useEffect(() => {
    for (const id of ids) {
      if (asked.current.has(id)) continue;
      asked.current.add(id);
      // A customer who could not be fetched is shown by id and fetched again with the next change.
      store.person(id).then(add, () => void asked.current.delete(id));
    }
  }, [ids.join()]);
  return { named, add };
}
