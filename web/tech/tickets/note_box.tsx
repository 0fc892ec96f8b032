import { useState } from "preact/hooks";

import { Button, Segments, TextArea, classes, settled, toast } from "../../ui";
import { AttachButton, UploadList, fileTexts, useNoteFiles } from "../../ui/files";
import { FormDraft, isBlank, tidied } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { isSubmit } from "../keys";
import { refusalText } from "../refusal";
import { texts } from "../texts";

const t = texts.ticket;
const AUDIENCES = [
  { value: false, label: t.forCustomer },
  { value: true, label: t.forEngineers },
];

/** Writes a note with files. Text and colour show who will read it (spec 9.2). `largest`: of a file, in bytes. */
export function NoteBox({ ticketId, largest, onAdded }: { ticketId: string; largest: number; onAdded: () => void }) {
  const { store } = useApp();
  const files = useNoteFiles(store, ticketId, largest);
  const about = `note:${ticketId}`;
  const [draft] = useState(() => new FormDraft(store, about, { text: "", internal: true }));
  const { text, internal } = draft.values;
  const [busy, setBusy] = useState(false);
  const nothing = isBlank(text) && files.items.length === 0;
  const add = async () => {
    if (nothing || busy) return;
    setBusy(true);
    try {
      const attachmentIds = await files.ready();
      if (attachmentIds) {
        // With other files it is another note.
        if (files.changed(attachmentIds)) draft.set({});
        await store.tickets.addNote(ticketId, { text: tidied(text), internal, attachmentIds, commandId: draft.commandId });
        settled(about);
        draft.clear();
        files.clear();
        onAdded();
      }
    } catch (error) {
      files.refused(error);
      toast(refusalText(error, t.noteFailed), { tone: "danger", about });
    }
    setBusy(false);
  };
  return (
    <form
      class={classes("note-box file-drop", internal && "note-box--internal", files.drop.over && "file-drop--over")}
      data-drop={fileTexts.drop}
      {...files.drop.handlers}
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
      <UploadList items={files.items} unfinished={files.unfinished} most={largest} onRetry={files.retry} onRemove={files.remove} />
      <div class="note-box__foot">
        <Segments label={t.audience} value={internal} choices={AUDIENCES} onChange={(chosen) => draft.set({ internal: chosen })} />
        <AttachButton onFiles={files.add} />
        <span class="note-box__hint">{internal ? t.internalHint : t.publicHint}</span>
        <Button type="submit" variant="primary" busy={busy} disabled={nothing}>
          {internal ? t.addNote : t.sendReply}
        </Button>
      </div>
    </form>
  );
}
