import { Plus, X } from "lucide-preact";
import { useRef, useState } from "preact/hooks";

import { Button, ErrorState, Field, IconButton } from "../../ui";
import { Section } from "../../ui/surface/section";
import type { Board } from "../../wire/index.ts";
import { newId } from "../../wire/ids.ts";
import { useApp } from "../app_state";
import { checkNames } from "./directory_draft";
import type { DirectorySettings } from "./directory_merge";
import type { Draft } from "./draft";
import "./directory.css";
import { settingsTexts } from "./settings_texts";

const t = settingsTexts.boards;
export const MAX_NAME = 200;

/** The boards (spec 2.10). */
export function Boards({ form }: { form: Draft<DirectorySettings> }) {
  const { store } = useApp();
  const [added, setAdded] = useState("");
  const adder = useRef<HTMLButtonElement>(null);
  const values = form.values;
  if (!values) return form.failed ? <Failed title={t.title} lead={t.lead} reload={form.reload} /> : null;
  const isNew = ({ id }: Board) => !form.stored?.boards.some((board) => board.id === id);
  const setBoards = (boards: readonly Board[], changedId: string) => {
    checkNames(form, "boards", boards, changedId, t);
    form.set({ boards });
  };
  const rename = (id: string, name: string) => {
    setBoards(values.boards.map((board) => (board.id === id ? { ...board, name } : board)), id);
  };
  const add = () => {
    const id = newId();
    setAdded(id);
    setBoards([...values.boards, { id, deskId: store.me.value?.desk?.id, name: "" }], id);
  };
  const remove = (id: string) => {
    form.wrong(`boards.${id}`);
    setBoards(values.boards.filter((board) => board.id !== id), "");
    adder.current?.focus();
  };
  return (
    <Section title={t.title} lead={t.lead}>
      <ul class="settings__boards" aria-label={t.list}>
        {values.boards.map(({ id = "", name = "" }, index) => (
          <li key={id} class="settings__board">
            <Field
              label={t.board(index + 1)}
              bare
              value={name}
              maxLength={MAX_NAME}
              placeholder={t.name}
              onInput={(typed) => rename(id, typed)}
              autofocus={id === added}
              error={form.errorOf(`boards.${id}`)}
            />
            {isNew({ id }) && <IconButton icon={X} label={t.remove} onClick={() => remove(id)} />}
          </li>
        ))}
      </ul>
      <div>
        <Button size="s" icon={Plus} ref={adder} onClick={add}>
          {t.add}
        </Button>
      </div>
      <p class="settings__below">{t.stays}</p>
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
