import { useState } from "preact/hooks";

import { Banner, Button, Dialog, Field, TextArea } from "../../ui";
import { type CannedReply, excess, FormDraft, isBlank, oneLine, Refused, tidied } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { isSubmit } from "../keys";
import { refusalText } from "../refusal";
import { replyTexts } from "./reply_texts";

const t = replyTexts.form;
const MAX_TITLE = 100;
const MAX_TEXT = 2000;

/** Adds a canned reply, or edits `reply`. */
export function ReplyForm({ reply, ofDesk, onClose }: { reply?: CannedReply; ofDesk: boolean; onClose: () => void }) {
  const { store, replies } = useApp();
  const [draft] = useState(
    () => new FormDraft(store, `reply:${reply?.replyId ?? (ofDesk ? "desk" : "own")}`, { title: reply?.title ?? "", text: reply?.text ?? "" }),
  );
  const { title, text } = draft.values;
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState("");
  const save = async () => {
    setTried(true);
    if (busy || isBlank(title) || isBlank(text) || excess(title, MAX_TITLE) || excess(text, MAX_TEXT)) return;
    setBusy(true);
    try {
      // The draft's command id is a new reply's id, so a retry after a lost answer adds no second one.
      await store.cannedReplies.put({ replyId: reply?.replyId ?? draft.commandId, title: oneLine(title), text: tidied(text) }, ofDesk);
      draft.clear();
      await replies.load();
      onClose();
    } catch (error) {
      setRefused(error instanceof Refused && error.code === "too_many_replies" ? error.message : refusalText(error, t.failed));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={reply ? t.editTitle : t.addTitle}
      onClose={onClose}
      onKeyDown={(event) => isSubmit(event) && void save()}
      footer={
        <>
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button variant="primary" busy={busy} onClick={() => void save()}>
            {t.save}
          </Button>
        </>
      }
    >
      <Field
        label={t.name}
        hint={t.nameHint}
        value={title}
        maxLength={MAX_TITLE}
        onInput={(value) => draft.set({ title: value })}
        error={tried && isBlank(title) ? t.nameMissing : undefined}
        autofocus
        required
      />
      <TextArea
        label={t.text}
        hint={t.textHint}
        rows={6}
        value={text}
        maxLength={MAX_TEXT}
        onInput={(value) => draft.set({ text: value })}
        error={tried && isBlank(text) ? t.textMissing : undefined}
        required
      />
      {refused && (
        <div role="alert">
          <Banner tone="danger">{refused}</Banner>
        </div>
      )}
    </Dialog>
  );
}
