import { Plus, X } from "lucide-preact";
import { useRef, useState } from "preact/hooks";

import { Button, ErrorState, Field, IconButton } from "../../ui";
import { Section } from "../../ui/surface/section";
import type { Board } from "../../wire/index.ts";
import { newId } from "../../wire/ids.ts";
import { useApp } from "../app_state";
import { ArchiveButton, ArchivedMark, archivedAs, isHidden } from "./archiving";
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
  const [all, setAll] = useState(false);
  const adder = useRef<HTMLButtonElement>(null);
  const values = form.values;
  if (!values) return form.failed ? <Failed title={t.title} lead={t.lead} reload={form.reload} /> : null;
  const storedOf = ({ id }: Board) => form.stored?.boards.find((board) => board.id === id);
  const numbered = values.boards.map((board, index) => ({ board, number: index + 1 }));
  const listed = numbered.filter(({ board }) => all || !isHidden(board, storedOf(board)));
  const setBoards = (boards: readonly Board[], changedId: string) => {
    checkNames(form, "boards", boards, changedId, t);
    form.set({ boards });
  };
  const changed = (id: string, change: Partial<Board>) => values.boards.map((board) => (board.id === id ? { ...board, ...change } : board));
  const archive = (board: Board, archived: boolean) => form.set({ boards: changed(board.id ?? "", { archived: archivedAs(archived, storedOf(board)) }) });
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
        {listed.map(({ board, number }) => (
          <li key={board.id} class="settings__board">
            <Field
              label={t.board(number)}
              bare
              value={board.name ?? ""}
              maxLength={MAX_NAME}
              placeholder={t.name}
              onInput={(name) => setBoards(changed(board.id ?? "", { name }), board.id ?? "")}
              autofocus={board.id === added}
              error={form.errorOf(`boards.${board.id}`)}
            />
            <ArchivedMark entry={board} />
            {storedOf(board) ? (
              <ArchiveButton entry={board} onChange={(archived) => archive(board, archived)} />
            ) : (
              <IconButton icon={X} label={t.remove} onClick={() => remove(board.id ?? "")} />
            )}
          </li>
        ))}
      </ul>
      <div class="settings__people-acts">
        <Button size="s" icon={Plus} ref={adder} onClick={add}>
          {t.add}
        </Button>
        {numbered.length > listed.length && (
          <Button size="s" variant="ghost" onClick={() => setAll(true)}>
            {t.more(numbered.length - listed.length)}
          </Button>
        )}
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
