import { useId, useState } from "preact/hooks";

import { Button, Dialog, TextArea, toast } from "../../ui";
import { isBlank, tidied } from "../../wire";
import { showChat } from "../chat/windows";
import { sentence } from "../load";
import { useStore } from "../store_context";
import { draftKey } from "../support/new_chat";
import { texts } from "../texts";

const t = texts.ticket;

/** The form for the first message of a chat about a ticket. The message becomes the title. */
export function ChatAbout({ ticketId, onClose }: { ticketId: string; onClose: () => void }) {
  const store = useStore();
  const form = useId();
  const key = draftKey(ticketId);
  const [text, setText] = useState(() => store.draft(key));
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const write = (next: string): void => {
    setText(next);
    store.saveDraft(key, next);
  };
  const start = async (): Promise<void> => {
    if (isBlank(text)) return setWrong(texts.request.blank);
    setBusy(true);
    try {
      const { sessionId, opened } = await store.requestChat({ text: tidied(text), ticketId });
      if (!opened) {
        store.addToDraft(sessionId, tidied(text));
        toast(texts.request.cameBack);
      }
      write("");
      onClose();
      showChat(sessionId);
    } catch (error) {
      setWrong(sentence(error));
      setBusy(false);
    }
  };
  const footer = (
    <>
      <Button onClick={onClose}>{t.cancel}</Button>
      <Button variant="primary" type="submit" form={form} busy={busy}>
        {texts.request.startChat}
      </Button>
    </>
  );
  return (
    <Dialog title={t.chatTitle} footer={footer} onClose={onClose}>
      <form
        id={form}
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void start();
        }}
      >
        <TextArea label={t.chatBox} hint={texts.request.hint} rows={3} maxLength={4000} value={text} onInput={write} error={wrong || undefined} autofocus />
      </form>
    </Dialog>
  );
}
