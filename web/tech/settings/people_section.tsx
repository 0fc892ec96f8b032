import { Pencil, Plus, Search, Unplug } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { Button, Chip, EmptyState, ErrorState, Field, PersonLine, Select, Skeleton } from "../../ui";
import { Section } from "../../ui/surface/section";
import { type DirectoryPerson, isolated } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { presenceState } from "../people";
import { markedName, useCompanies } from "../boards_and_companies";
import "./directory.css";
import { EndConnections } from "./end_connections";
import { type Side, usePeoplePages } from "./people_pages";
import { PersonDialog } from "./person_dialog";
import { settingsTexts } from "./settings_texts";

const t = settingsTexts.persons;

/** The desk's people for admins: who they are, what they may do, their presence, and what ends their connections (spec 1.15, 10.10). */
export function Persons() {
  const [text, setText] = useState("");
  const [side, setSide] = useState<Side>("");
  const [editing, setEditing] = useState<DirectoryPerson | null>(null);
  const [ending, setEnding] = useState<DirectoryPerson | null>(null);
  const { people: found, failed, more, moreFailed, busy, reload } = usePeoplePages(text, side);
  const companies = useCompanies();
  const companyOf = ({ companyId }: DirectoryPerson) => {
    const company = companies.find(({ id }) => id === companyId);
    return company && markedName(company);
  };
  const people = found ?? [];
  const list = useRef<HTMLUListElement>(null);
  // How many people were shown when the next ones were asked for, and what had the focus, a button that may be gone.
  const before = useRef<{ count: number; focused: Element | null } | null>(null);
  useEffect(() => {
    const asked = before.current;
    before.current = null;
    if (!asked || people.length <= asked.count) return;
    // The person may do something else by now.
    if (document.activeElement !== document.body && document.activeElement !== asked.focused) return;
    list.current?.children[asked.count]?.querySelector("button")?.focus();
  }, [people.length, moreFailed]);
  const showMore = () => {
    before.current = { count: people.length, focused: document.activeElement };
    void more?.();
  };
  return (
    <Section title={t.title} lead={t.lead}>
      <div class="settings__people-head">
        <Field label={t.find} type="search" value={text} onInput={setText} before={<Search size={15} aria-hidden="true" />} />
        <Select label={t.show} value={side} onInput={(value) => setSide(value as Side)} options={t.sides.map(([value, label]) => ({ value, label }))} />
      </div>
      {!found && !failed && <Skeleton label={t.loading} rows={3} shape="people" />}
      {failed && <ErrorState compact title={t.failed} onRetry={reload} />}
      {found && people.length === 0 && (
        <EmptyState compact title={t.none}>
          {t.noneText}
        </EmptyState>
      )}
      {people.length > 0 && (
        <ul ref={list} class="settings__people" aria-label={t.list}>
          {people.map((person) => (
            <Person key={person.id} person={person} company={companyOf(person)} onEdit={() => setEditing(person)} onEnd={() => setEnding(person)} />
          ))}
        </ul>
      )}
      {moreFailed && <ErrorState compact title={t.failed} onRetry={showMore} />}
      <div class="settings__people-acts">
        <Button size="s" icon={Plus} onClick={() => setEditing({})}>
          {t.add}
        </Button>
        {more && !moreFailed && (
          <Button size="s" variant="ghost" busy={busy} onClick={showMore}>
            {t.more}
          </Button>
        )}
      </div>
      {editing && <PersonDialog id={editing.id} name={editing.name} onSaved={reload} onClose={() => setEditing(null)} />}
      {ending && <EndConnections person={ending} onClose={() => setEnding(null)} />}
    </Section>
  );
}

interface PersonProps {
  person: DirectoryPerson;
  company: string | undefined;
  onEdit: () => void;
  onEnd: () => void;
}

function Person({ person, company, onEdit, onEnd }: PersonProps) {
  const { store, me } = useApp();
  const { id = "", name = "", role, kind, disabled } = person;
  const presence = presenceState(store.presenceOf(id).value);
  const what = kind === "PERSON_KIND_CUSTOMER" ? company : t.roles[role ?? ""];
  const own = id === me.value.id;
  return (
    <li class="settings__person">
      <PersonLine
        id={id}
        name={name}
        side={kind === "PERSON_KIND_CUSTOMER" ? "customer" : "engineer"}
        below={[what && isolated(what), !disabled && presence && t.presences[presence], person.email].filter(Boolean).join(" · ")}
      />
      {disabled && <Chip>{t.disabled}</Chip>}
      <span class="settings__person-acts">
        <Button size="s" icon={Pencil} label={t.editOf(name)} onClick={onEdit}>
          {t.edit}
        </Button>
        {!disabled && (
          <Button
            size="s"
            icon={Unplug}
            label={t.endOf(name)}
            disabled={own || presence === "offline"}
            hint={own ? t.notOwn : presence === "offline" ? t.notConnected(isolated(name)) : undefined}
            onClick={onEnd}
          >
            {t.end}
          </Button>
        )}
      </span>
    </li>
  );
}
