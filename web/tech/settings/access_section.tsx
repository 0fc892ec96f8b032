import { Building2, Search, X } from "lucide-preact";
import { useEffect, useMemo, useState } from "preact/hooks";

import { Avatar, Button, ErrorState, Field, IconButton, Select } from "../../ui";
import { useDesk } from "../desk";
import type { SectionProps } from "./chat_sections";
import { Section } from "./section";
import { words } from "./words";

const say = words.access;
const FOUND = 6;

interface Party {
  kind: "companies" | "customers";
  id: string;
  name: string;
  below: string;
}

/** Exceptions from what the desk allows (spec 2.8). */
export function Access({ form, values }: SectionProps) {
  const { parties, failed, again } = useParties();
  const [text, setText] = useState("");
  const known = useMemo(() => new Map(parties.map((party) => [`${party.kind}:${party.id}`, party])), [parties]);
  const exceptions = (["companies", "customers"] as const).flatMap((kind) =>
    Object.entries(values[kind] ?? {}).map(([id, may]) => ({ may, party: known.get(`${kind}:${id}`) ?? { kind, id, name: id, below: "" } })),
  );
  const put = ({ kind, id }: Party, may: boolean) => form.set({ [kind]: { ...values[kind], [id]: may } });
  const remove = ({ kind, id }: Party) => {
    const { [id]: _, ...rest } = values[kind] ?? {};
    form.set({ [kind]: rest });
  };
  const typed = text.trim().toLowerCase();
  const found = typed ? parties.filter((party) => party.name.toLowerCase().includes(typed) && values[party.kind]?.[party.id] === undefined) : [];
  return (
    <Section title={say.title} lead={say.lead}>
      <Field label={say.find} type="search" value={text} onInput={setText} before={<Search size={15} aria-hidden="true" />} />
      {typed && (
        <div class="settings__found" role="group" aria-label={say.results}>
          {found.slice(0, FOUND).map((party) => (
            <Button
              key={`${party.kind}:${party.id}`}
              size="s"
              variant="ghost"
              onClick={() => {
                put(party, false);
                setText("");
              }}
            >
              {party.name} <span class="settings__below">{party.below}</span>
            </Button>
          ))}
          {found.length === 0 && !failed && <p class="settings__empty">{say.none}</p>}
        </div>
      )}
      {failed && <ErrorState compact title={say.failed} onRetry={again} />}
      {exceptions.length === 0 && <p class="settings__empty">{say.empty}</p>}
      {exceptions.length > 0 && (
        <ul class="settings__exceptions" aria-label={say.list}>
          {exceptions.map(({ may, party }) => (
            <li key={`${party.kind}:${party.id}`} class="settings__exception">
              {party.kind === "companies" ? <Building2 size={18} aria-hidden="true" /> : <Avatar id={party.id} name={party.name} size="s" />}
              <span class="settings__party">
                {party.name} <span class="settings__below">{party.below}</span>
              </span>
              <Select
                label={say.setting(party.name)}
                bare
                value={may ? "yes" : "no"}
                onInput={(value) => put(party, value === "yes")}
                options={[
                  { value: "yes", label: say.allowed },
                  { value: "no", label: say.blocked },
                ]}
              />
              <IconButton icon={X} label={say.remove(party.name)} size="s" onClick={() => remove(party)} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function useParties() {
  const { store } = useDesk();
  const [parties, setParties] = useState<Party[]>([]);
  const [failed, setFailed] = useState(false);
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    setFailed(false);
    Promise.all([store.places(), store.people({ kind: "customer" })]).then(
      ([{ companies = [] }, people]) => {
        const named = new Map(companies.map(({ id, name = "" }) => [id, name]));
        setParties([
          ...companies.map(({ id = "", name = "" }): Party => ({ kind: "companies", id, name, below: say.company })),
          ...people.map(({ id = "", name = "", companyId }): Party => ({ kind: "customers", id, name, below: named.get(companyId) ?? "" })),
        ]);
      },
      () => setFailed(true),
    );
  }, [asked]);
  return { parties, failed, again: () => setAsked((count) => count + 1) };
}
