import { useState } from "preact/hooks";

import { Banner, Button, Dialog, TextArea } from "../../ui";
import { FormDraft, isBlank, tidied } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { isSubmit } from "../keys";
import { refusalText } from "../refusal";
import { texts } from "../texts";

const t = texts.record;

/** Adds or edits the note of a session that the person closed (spec 4.12). */
export function NoteDialog({ sessionId, onClose }: { sessionId: string; onClose: () => void }) {
  const { store } = useApp();
  const card = store.sessionOf(sessionId).value?.card ?? store.cards.value.get(sessionId) ?? {};
  const [draft] = useState(() => new FormDraft(store, `record:${sessionId}`, { note: card.closeRecord?.note ?? "" }));
  const { note } = draft.values;
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState("");

  const save = async () => {
    setTried(true);
    if (isBlank(note) || busy) return;
    setBusy(true);
    setFailure("");
    try {
      await store.amendNote(sessionId, tidied(note));
      draft.clear();
      onClose();
    } catch (error) {
      setFailure(refusalText(error, t.failed));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t.name}
      text={card.title}
      onClose={onClose}
      onKeyDown={(event) => isSubmit(event) && void save()}
      footer={
        <>
          <Button onClick={onClose}>{texts.close.cancel}</Button>
          <Button variant="primary" busy={busy} onClick={() => void save()}>
            {t.save}
          </Button>
        </>
      }
    >
      <TextArea
        label={texts.close.note}
        value={note}
        onInput={(value) => draft.set({ note: value })}
        rows={4}
        maxLength={4000}
        error={tried && isBlank(note) ? texts.close.noteMissing : undefined}
        autofocus
        required
      />
      {failure && (
        <div role="alert">
          <Banner tone="danger">{failure}</Banner>
        </div>
      )}
    </Dialog>
  );
}
