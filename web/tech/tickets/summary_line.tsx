import { Pencil } from "lucide-preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import { Button, Field, IconButton } from "../../ui";
import { excess, isBlank, oneLine, type Ticket } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { tryChange } from "../refusal";
import { texts } from "../texts";
import { MAX_SUMMARY } from "./limits";

const t = texts.ticket;

/** The page's heading: number and summary, which can be edited in place (spec 9.6). */
export function SummaryLine({ ticket, onChanged }: { ticket: Ticket; onChanged: () => void }) {
  const { store } = useApp();
  const { id = "", number, summary = "" } = ticket;
  const [typed, setTyped] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const box = useRef<HTMLInputElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const editing = typed !== null;
  const was = useRef(editing);
  useLayoutEffect(() => {
    if (editing !== was.current) (editing ? box.current : opener.current)?.focus();
    if (editing) box.current?.select();
    was.current = editing;
  }, [editing]);

  const save = async () => {
    if (typed === null || busy || isBlank(typed) || excess(typed, MAX_SUMMARY)) return;
    if (oneLine(typed) === summary) return setTyped(null);
    setBusy(true);
    if (await tryChange(`ticket:${id}:summary`, () => store.tickets.update(id, { summary: oneLine(typed) }), t.saveFailed)) {
      setTyped(null);
      onChanged();
    }
    setBusy(false);
  };
  const heading = (
    <h1 class={editing ? "unseen" : undefined}>
      <span class="ticket__number tabular">#{number}</span> <bdi>{summary}</bdi>
    </h1>
  );
  if (!editing) {
    return (
      <div class="ticket__title">
        {heading}
        <IconButton icon={Pencil} label={t.edit} size="s" ref={opener} onClick={() => setTyped(summary)} />
      </div>
    );
  }
  return (
    <>
      {heading}
      <form
        class="ticket__edit"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.stopPropagation();
          setTyped(null);
        }}
      >
        <Field
          label={t.summary}
          bare
          value={typed}
          onInput={setTyped}
          maxLength={MAX_SUMMARY}
          error={isBlank(typed) ? texts.newTicket.summaryMissing : undefined}
          inputRef={box}
        />
        <Button variant="primary" type="submit" busy={busy}>
          {t.saveSummary}
        </Button>
        <Button onClick={() => setTyped(null)}>{t.cancelEdit}</Button>
      </form>
    </>
  );
}
