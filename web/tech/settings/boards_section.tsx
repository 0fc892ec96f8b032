import { Plus, Search } from "lucide-preact";
import { useState } from "preact/hooks";

import { Button, ErrorState, Field, Select } from "../../ui";
import { Section } from "../../ui/surface/section";
import { isBlank, type Company } from "../../wire/index.ts";
import { newId } from "../../wire/ids.ts";
import { useApp } from "../app_state";
import type { BoardSettings } from "./directory_draft";
import type { Draft } from "./draft";
import "./directory.css";
import { settingsTexts } from "./settings_texts";

const t = settingsTexts.boards;
const MAX_NAME = 200;
const SHOWN = 8;

/** The boards, and the default board of each company (spec 2.10). */
export function Boards({ form, companies }: { form: Draft<BoardSettings>; companies: readonly Company[] }) {
  const { store } = useApp();
  const values = form.values;
  if (!values) return form.failed ? <Failed reload={form.reload} /> : null;
  const rename = (id: string, name: string) => {
    form.set({ boards: values.boards.map((board) => (board.id === id ? { ...board, name } : board)) });
    form.wrong(`boards.${id}`, isBlank(name) ? t.nameMissing : undefined);
  };
  const add = () => {
    const id = newId();
    form.set({ boards: [...values.boards, { id, deskId: store.me.value?.desk?.id, name: "" }] });
    form.wrong(`boards.${id}`, t.nameMissing);
  };
  return (
    <Section title={t.title} lead={t.lead}>
      <ul class="settings__boards" aria-label={t.list}>
        {values.boards.map(({ id = "", name = "" }, index) => (
          <li key={id}>
            <Field
              label={t.board(index + 1)}
              bare
              value={name}
              maxLength={MAX_NAME}
              placeholder={t.name}
              onInput={(typed) => rename(id, typed)}
              autofocus={name === ""}
              error={form.errorOf(`boards.${id}`)}
            />
          </li>
        ))}
      </ul>
      <div>
        <Button size="s" icon={Plus} onClick={add}>
          {t.add}
        </Button>
      </div>
      <Defaults {...{ form, values, companies }} />
    </Section>
  );
}

function Defaults({ form, values, companies }: { form: Draft<BoardSettings>; values: BoardSettings; companies: readonly Company[] }) {
  const [text, setText] = useState("");
  const [all, setAll] = useState(false);
  const typed = text.trim().toLowerCase();
  const found = companies.filter(({ name = "" }) => name.toLowerCase().includes(typed));
  const options = values.boards.filter(({ name = "" }) => !isBlank(name)).map(({ id = "", name = "" }) => ({ value: id, label: name }));
  return (
    <div class="settings__defaults" role="group" aria-label={t.defaults}>
      <h3>{t.defaults}</h3>
      <p class="settings__below">{t.defaultsHint}</p>
      {companies.length > SHOWN && (
        <Field label={t.find} bare placeholder={t.find} type="search" value={text} onInput={setText} before={<Search size={15} aria-hidden="true" />} />
      )}
      {found.slice(0, all ? undefined : SHOWN).map(({ id = "", name = "" }) => (
        <div key={id} class="settings__default">
          <span>{name}</span>
          <Select
            label={t.defaultOf(name)}
            bare
            value={values.defaults[id] ?? ""}
            onInput={(boardId) => form.set({ defaults: { ...values.defaults, [id]: boardId } })}
            options={options}
            error={form.errorOf(`defaults.${id}`)}
          />
        </div>
      ))}
      {companies.length === 0 && <p class="settings__empty">{t.noCompanies}</p>}
      {companies.length > 0 && found.length === 0 && <p class="settings__empty">{t.noneFound}</p>}
      {!all && found.length > SHOWN && (
        <div>
          <Button size="s" variant="ghost" onClick={() => setAll(true)}>
            {t.more(found.length - SHOWN)}
          </Button>
        </div>
      )}
    </div>
  );
}

function Failed({ reload }: { reload: () => void }) {
  return (
    <Section title={t.title} lead={t.lead}>
      <ErrorState compact title={settingsTexts.loadFailed} onRetry={reload} />
    </Section>
  );
}
