import { Plus, Search, X } from "lucide-preact";
import { useRef, useState } from "preact/hooks";

import { Button, Field, IconButton, Select, Switch } from "../../ui";
import { Section } from "../../ui/surface/section";
import { type Company, isBlank } from "../../wire/index.ts";
import { newId } from "../../wire/ids.ts";
import { useApp } from "../app_state";
import { optionsOf } from "../boards_and_companies";
import { ArchiveButton, ArchivedMark, archivedAs, isHidden } from "./archiving";
import { MAX_NAME } from "./boards_section";
import { checkNames } from "./directory_draft";
import type { DirectorySettings } from "./directory_merge";
import type { Draft } from "./draft";
import "./directory.css";
import { settingsTexts } from "./settings_texts";

const t = settingsTexts.companies;
const AT_ONCE = 8;

/** The companies with their default boards (spec 2.10). */
export function Companies({ form }: { form: Draft<DirectorySettings> }) {
  const { store } = useApp();
  const [text, setText] = useState("");
  const [shown, setShown] = useState(AT_ONCE);
  const [added, setAdded] = useState("");
  const [all, setAll] = useState(false);
  const adder = useRef<HTMLButtonElement>(null);
  const values = form.values;
  if (!values) return null;
  const typed = text.trim().toLowerCase();
  // One that is not saved yet comes first: it may have no name, so a search would hide it.
  const storedOf = ({ id }: Company) => form.stored?.companyList.find((company) => company.id === id);
  const isNew = (company: Company) => !storedOf(company);
  const named = values.companyList.filter((company) => !isNew(company) && (company.name ?? "").toLowerCase().includes(typed));
  const found = named.filter((company) => all || !isHidden(company, storedOf(company)));
  const listed = [...values.companyList.filter(isNew), ...found.slice(0, shown)];
  const boards = values.boards.filter(({ name = "" }) => !isBlank(name));
  const open = optionsOf(boards);
  const changed = (id: string, change: Partial<Company>) => values.companyList.map((company) => (company.id === id ? { ...company, ...change } : company));
  const put = (id: string, change: Partial<Company>) => form.set({ companyList: changed(id, change) });
  const setNamed = (companyList: readonly Company[], changedId: string) => {
    checkNames(form, "companies", companyList, changedId, t);
    form.set({ companyList });
  };
  const add = () => {
    const id = newId();
    setAdded(id);
    setNamed([...values.companyList, { id, deskId: store.me.value?.desk?.id, name: "", defaultBoardId: open[0]?.value ?? "" }], id);
  };
  const remove = (id: string) => {
    form.wrong(`companies.${id}`);
    setNamed(values.companyList.filter((company) => company.id !== id), "");
    adder.current?.focus();
  };
  return (
    <Section title={t.title} lead={t.lead}>
      {values.companyList.length > AT_ONCE && (
        <Field label={t.find} bare placeholder={t.find} type="search" value={text} onInput={setText} before={<Search size={15} aria-hidden="true" />} />
      )}
      {listed.length > 0 && (
        <ul class="settings__companies" aria-label={t.list}>
          {listed.map((company) => {
            const { id = "", name = "", defaultBoardId = "", sharedTickets = false } = company;
            return (
              <li key={id} class="settings__company">
                <Field
                  label={isNew(company) ? t.newName : t.nameOf(name)}
                  bare
                  value={name}
                  maxLength={MAX_NAME}
                  placeholder={t.name}
                  onInput={(text) => setNamed(changed(id, { name: text }), id)}
                  autofocus={id === added}
                  error={form.errorOf(`companies.${id}`)}
                />
                <Select
                  label={isNew(company) ? t.newDefault : t.defaultOf(name)}
                  bare
                  value={defaultBoardId}
                  onInput={(boardId) => put(id, { defaultBoardId: boardId })}
                  options={optionsOf(boards, defaultBoardId)}
                  error={form.errorOf(`companies.${id}.board`)}
                />
                {isNew(company) ? (
                  <IconButton icon={X} label={t.remove} onClick={() => remove(id)} />
                ) : (
                  <ArchiveButton entry={company} onChange={(archived) => put(id, { archived: archivedAs(archived, storedOf(company)) })} />
                )}
                <Switch label={isNew(company) ? t.newShared : t.sharedIn(name)} checked={sharedTickets} onChange={(shared) => put(id, { sharedTickets: shared || undefined })} />
                <ArchivedMark entry={company} />
              </li>
            );
          })}
        </ul>
      )}
      {values.companyList.length === 0 && <p class="settings__empty">{t.none}</p>}
      {values.companyList.length > 0 && listed.length === 0 && <p class="settings__empty">{t.noneFound}</p>}
      <div class="settings__people-acts">
        <Button size="s" icon={Plus} ref={adder} disabled={!open.length} hint={open.length ? undefined : t.boardFirst} onClick={add}>
          {t.add}
        </Button>
        {found.length > shown && (
          <Button size="s" variant="ghost" onClick={() => setShown(found.length)}>
            {t.more(found.length - shown)}
          </Button>
        )}
        {named.length > found.length && (
          <Button size="s" variant="ghost" onClick={() => setAll(true)}>
            {t.moreArchived(named.length - found.length)}
          </Button>
        )}
      </div>
      <p class="settings__below">{t.stays}</p>
    </Section>
  );
}
