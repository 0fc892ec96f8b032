import { useState } from "preact/hooks";

import { Button, TextArea, classes, toast } from "../../ui";
import { FormDraft, isBlank, tidied } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { isSubmit } from "../keys";
import { refusalText } from "../refusal";
import { texts } from "../texts";

const t = texts.ticket;
const AUDIENCES = [
  { internal: false, label: t.forCustomer },
  { internal: true, label: t.forEngineers },
];

/** Writes a note. Text and colour show who will read it (spec 9.2). */
export function NoteBox({ ticketId, onAdded }: { ticketId: string; onAdded: () => void }) {
  const { store } = useApp();
  const [draft] = useState(() => new FormDraft(store, `note:${ticketId}`, { text: "", internal: true }));
  const { text, internal } = draft.values;
  const [busy, setBusy] = useState(false);
  const add = async () => {
    if (isBlank(text) || busy) return;
    setBusy(true);
    try {
      await store.tickets.addNote(ticketId, { text: tidied(text), internal, commandId: draft.commandId });
      draft.clear();
      onAdded();
    } catch (error) {
      toast(refusalText(error, t.noteFailed), { tone: "danger" });
    }
    setBusy(false);
  };
  return (
    <form
      class={classes("note-box", internal && "note-box--internal")}
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <TextArea
        label={t.note}
        bare
        value={text}
        onInput={(value) => draft.set({ text: value })}
        placeholder={t.notePlaceholder}
        maxLength={10_000}
        onKeyDown={(event) => isSubmit(event) && void add()}
      />
      <div class="note-box__foot">
        <div class="note-box__audience" role="radiogroup" aria-label={t.audience}>
          {AUDIENCES.map((audience) => (
            <label key={audience.label}>
              <input type="radio" name="audience" checked={audience.internal === internal} onChange={() => draft.set({ internal: audience.internal })} />
              {audience.label}
            </label>
          ))}
        </div>
        <span class="note-box__hint">{internal ? t.internalHint : t.publicHint}</span>
        <Button type="submit" variant="primary" busy={busy} disabled={isBlank(text)}>
          {t.addNote}
        </Button>
      </div>
    </form>
  );
}
