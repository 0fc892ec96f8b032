import { useState } from "preact/hooks";

import { Banner, Button, Dialog, TextArea, toast } from "../../ui";
import { FormDraft, isBlank, tidied } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { isSubmit } from "../keys";
import { refusalText } from "../refusal";
import { isIn } from "../sessions/tabs";
import { texts } from "../texts";

const t = texts.close;

/** Closes an abandoned session or a call-back with a note on what was done (spec 4.11). */
export function CloseDialog({ sessionId, onClose }: { sessionId: string; onClose: () => void }) {
  const app = useApp();
  const { store, windows, me } = app;
  const card = store.cards.value.get(sessionId) ?? {};
  const [draft] = useState(() => new FormDraft(store, `close:${sessionId}`, { note: "" }));
  const { note } = draft.values;
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState("");

  const close = async () => {
    setTried(true);
    if (isBlank(note) || busy) return;
    setBusy(true);
    setFailure("");
    try {
      await store.complete(sessionId, { closingNote: { note: tidied(note) } });
      draft.clear();
      onClose();
      // An open window shows the close record. Without one, no list leads to the session any more.
      if (!windows.has(sessionId)) toast(t.closed, { action: { label: texts.sessions.show, onSelect: () => windows.open(sessionId) } });
      // The closer may still be a participant (as the sender of a push chat).
      if (isIn(card, me.value.id ?? "")) store.leave(sessionId).catch(() => toast(texts.sessions.leaveFailed, { tone: "danger" }));
    } catch (error) {
      setFailure(refusalText(error, t.failed));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t.title}
      text={card.title}
      onClose={onClose}
      onKeyDown={(event) => isSubmit(event) && void close()}
      footer={
        <>
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button variant="primary" busy={busy} onClick={() => void close()}>
            {t.close}
          </Button>
        </>
      }
    >
      <TextArea label={t.note} value={note} onInput={(value) => draft.set({ note: value })} rows={4} maxLength={4000} error={tried && isBlank(note) ? t.noteMissing : undefined} autofocus required />
      {failure && (
        <div role="alert">
          <Banner tone="danger">{failure}</Banner>
        </div>
      )}
    </Dialog>
  );
}
