import { useState } from "preact/hooks";

import { Button, TextArea, classes, toast } from "../../ui";
import { FormDraft, isBlank, tidied } from "../../wire/index.ts";
import { useDesk } from "../desk";
import { isSubmit } from "../keys";
import { wordsOfRefusal } from "../refusal";
import { texts } from "../texts";

const say = texts.ticket;
const AUDIENCES = [
  { internal: false, label: say.forCustomer },
  { internal: true, label: say.forEngineers },
];

/** Writes a note; who will read it is marked by words and by colour (spec 9.2). */
export function NoteBox({ ticketId, onAdded }: { ticketId: string; onAdded: () => void }) {
  const { store } = useDesk();
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
      toast(wordsOfRefusal(error, say.noteFailed), { tone: "danger" });
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
        label={say.note}
        bare
        value={text}
        onInput={(value) => draft.set({ text: value })}
        placeholder={say.notePlaceholder}
        maxLength={10_000}
        onKeyDown={(event) => isSubmit(event) && void add()}
      />
      <div class="note-box__foot">
        <div class="note-box__audience" role="radiogroup" aria-label={say.audience}>
          {AUDIENCES.map((audience) => (
            <label key={audience.label}>
              <input type="radio" name="audience" checked={audience.internal === internal} onChange={() => draft.set({ internal: audience.internal })} />
              {audience.label}
            </label>
          ))}
        </div>
        <span class="note-box__hint">{internal ? say.internalHint : say.publicHint}</span>
        <Button type="submit" variant="primary" busy={busy} disabled={isBlank(text)}>
          {say.addNote}
        </Button>
      </div>
    </form>
  );
}
