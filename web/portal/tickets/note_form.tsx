import { useState } from "preact/hooks";

import { Button, Card, TextArea, classes } from "../../ui";
import { AttachButton, UploadList, fileTexts, useNoteFiles } from "../../ui/files";
import { FormDraft, isBlank, tidied } from "../../wire";
import { sentence } from "../load";
import { useStore } from "../store_context";
import { texts } from "../texts";

const t = texts.ticket;

/** `largest`: of a file, in bytes. */
export function NoteForm({ ticketId, largest, onAdded }: { ticketId: string; largest: number; onAdded: () => void }) {
  const store = useStore();
  const files = useNoteFiles(store, ticketId, largest);
  const [draft] = useState(() => new FormDraft(store, `note:${ticketId}`, { text: "" }));
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const { text } = draft.values;
  const nothing = isBlank(text) && files.items.length === 0;
  const add = async (): Promise<void> => {
    if (nothing || busy) return;
    setBusy(true);
    setWrong("");
    try {
      const attachmentIds = await files.ready();
      if (attachmentIds) {
        // With other files it is another note.
        if (files.changed(attachmentIds)) draft.set({});
        await store.tickets.addNote(ticketId, { text: tidied(text), attachmentIds, commandId: draft.commandId });
        draft.clear();
        files.clear();
        onAdded();
      }
    } catch (error) {
      files.refused(error);
      setWrong(`${t.noteFailed} ${sentence(error)}`);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Card>
      <form
        class={classes("form file-drop", files.drop.over && "file-drop--over")}
        data-drop={fileTexts.drop}
        {...files.drop.handlers}
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
        <UploadList items={files.items} unfinished={files.unfinished} most={largest} onRetry={files.retry} onRemove={files.remove} />
        <div class="form__buttons">
          <AttachButton onFiles={files.add} />
          <Button variant="primary" type="submit" busy={busy} disabled={nothing}>
            {t.addNote}
          </Button>
        </div>
      </form>
    </Card>
  );
}
