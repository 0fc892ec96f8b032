import { Plus } from "lucide-preact";

import { Button, ErrorState, Field } from "../../ui";
import { Section } from "../../ui/surface/section";
import { isBlank } from "../../wire/index.ts";
import { newId } from "../../wire/ids.ts";
import { useApp } from "../app_state";
import type { DirectorySettings } from "./directory_draft";
import type { Draft } from "./draft";
import "./directory.css";
import { settingsTexts } from "./settings_texts";

const t = settingsTexts.boards;
export const MAX_NAME = 200;

/** The boards (spec 2.10). */
export function Boards({ form }: { form: Draft<DirectorySettings> }) {
  const { store } = useApp();
  const values = form.values;
  if (!values) return form.failed ? <Failed title={t.title} lead={t.lead} reload={form.reload} /> : null;
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
    </Section>
  );
}

export function Failed({ title, lead, reload }: { title: string; lead: string; reload: () => void }) {
  return (
    <Section title={title} lead={lead}>
      <ErrorState compact title={settingsTexts.loadFailed} onRetry={reload} />
    </Section>
  );
}
