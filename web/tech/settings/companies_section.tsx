import { Plus, Search } from "lucide-preact";
import { useState } from "preact/hooks";

import { Button, Field, Select } from "../../ui";
import { Section } from "../../ui/surface/section";
import { type Company, isBlank } from "../../wire/index.ts";
import { newId } from "../../wire/ids.ts";
import { useApp } from "../app_state";
import { MAX_NAME } from "./boards_section";
import type { DirectorySettings } from "./directory_draft";
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
  // A company that is being added has no name yet, so a search would hide it.
  const [added, setAdded] = useState<readonly string[]>([]);
  const values = form.values;
  if (!values) return null;
  const typed = text.trim().toLowerCase();
  const isNew = ({ id = "" }: Company) => added.includes(id);
  const found = values.companyList.filter((company) => !isNew(company) && (company.name ?? "").toLowerCase().includes(typed));
  const listed = [...values.companyList.filter(isNew), ...found.slice(0, shown)];
  const boards = values.boards.filter(({ name = "" }) => !isBlank(name)).map(({ id = "", name = "" }) => ({ value: id, label: name }));
  const put = (id: string, change: Partial<Company>) => form.set({ companyList: values.companyList.map((company) => (company.id === id ? { ...company, ...change } : company)) });
  const rename = (id: string, name: string) => {
    put(id, { name });
    form.wrong(`companies.${id}`, isBlank(name) ? t.nameMissing : undefined);
  };
  const add = () => {
    const id = newId();
    setAdded([id, ...added]);
    form.set({ companyList: [...values.companyList, { id, deskId: store.me.value?.desk?.id, name: "", defaultBoardId: boards[0]?.value ?? "" }] });
    form.wrong(`companies.${id}`, t.nameMissing);
  };
  return (
    <Section title={t.title} lead={t.lead}>
      {values.companyList.length > AT_ONCE && (
        <Field label={t.find} bare placeholder={t.find} type="search" value={text} onInput={setText} before={<Search size={15} aria-hidden="true" />} />
      )}
      {listed.length > 0 && (
        <ul class="settings__companies" aria-label={t.list}>
          {listed.map((company) => {
            const { id = "", name = "", defaultBoardId = "" } = company;
            return (
              <li key={id} class="settings__company">
                <Field
                  label={isNew(company) ? t.newName : t.nameOf(name)}
                  bare
                  value={name}
                  maxLength={MAX_NAME}
                  placeholder={t.name}
                  onInput={(text) => rename(id, text)}
                  autofocus={isNew(company)}
                  error={form.errorOf(`companies.${id}`)}
                />
                <Select
                  label={t.defaultOf(name)}
                  bare
                  value={defaultBoardId}
                  onInput={(boardId) => put(id, { defaultBoardId: boardId })}
                  options={boards}
                  error={form.errorOf(`companies.${id}.board`)}
                />
              </li>
            );
          })}
        </ul>
      )}
      {values.companyList.length === 0 && <p class="settings__empty">{t.none}</p>}
      {values.companyList.length > 0 && listed.length === 0 && <p class="settings__empty">{t.noneFound}</p>}
      <div class="settings__people-acts">
        <Button size="s" icon={Plus} disabled={!boards.length} hint={boards.length ? undefined : t.boardFirst} onClick={add}>
          {t.add}
        </Button>
        {found.length > shown && (
          <Button size="s" variant="ghost" onClick={() => setShown(found.length)}>
            {t.more(found.length - shown)}
          </Button>
        )}
      </div>
    </Section>
  );
}
