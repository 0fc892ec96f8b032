import { useState } from "preact/hooks";

import { Button, Card, TextArea } from "../../ui";
import { FormDraft, isBlank, tidied } from "../../wire";
import { sentence } from "../load";
import { useStore } from "../store_context";
import { texts } from "../texts";

const t = texts.ticket;

export function NoteForm({ ticketId, onAdded }: { ticketId: string; onAdded: () => void }) {
  const store = useStore();
  const [draft] = useState(() => new FormDraft(store, `note:${ticketId}`, { text: "" }));
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const { text } = draft.values;
  const add = async (): Promise<void> => {
    if (isBlank(text)) return;
    setBusy(true);
    setWrong("");
    try {
      await store.tickets.addNote(ticketId, { text: tidied(text), commandId: draft.commandId });
      draft.clear();
      onAdded();
    } catch (error) {
      setWrong(`${t.noteFailed} ${sentence(error)}`);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Card>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <TextArea
          label={t.note}
          placeholder={t.notePlaceholder}
          rows={3}
          maxLength={10_000}
          value={text}
          onInput={(value) => draft.set({ text: value })}
          error={wrong || undefined}
        />
        <div class="form__buttons">
          <Button variant="primary" type="submit" busy={busy} disabled={isBlank(text)}>
            {t.addNote}
          </Button>
        </div>
      </form>
    </Card>
  );
}
