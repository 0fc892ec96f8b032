import { useId, useState } from "preact/hooks";

import { Button, Dialog, Field, TextArea, toast } from "../../ui";
import { type CallbackWish, FormDraft, isBlank, oneLine, shownPhone, type Store, tidied } from "../../wire";
import { reason, sentence } from "../load";
import { useStore } from "../store_context";
import { texts } from "../texts";
import { TimeWindows, isWindow, typedOf, windowsOf, type TypedWindow } from "./time_windows";

const t = texts.callback;

export interface CallbackFormProps {
  /** The subject, as typed on the request page. */
  text?: string;
  /** The waiting chat that becomes a call-back, or the call-back to change; without it a new one is requested. */
  sessionId?: string;
  /** The wish to change. */
  wish?: CallbackWish;
  /** The initial text of the note. */
  note?: string;
  onClose: () => void;
  /** Called with the note that was sent. */
  onDone?: (note: string) => void;
}

/** Spec 4.10. Cancel changes nothing. */
export function CallbackForm({ text = "", sessionId, wish: before, note: noteAtFirst = "", onClose, onDone }: CallbackFormProps) {
  const store = useStore();
  const form = useId();
  const [draft] = useState(() => before ? changeOf(store, sessionId, before) : draftOf(store, sessionId, noteAtFirst));
  const { phone, byChat, note } = draft.values;
  const typed = draft.values.typed.filter(isWindow);
  const [wrong, setWrong] = useState<{ phone?: string; windows?: string; form?: string }>({});
  const [busy, setBusy] = useState(false);

  const submit = async (): Promise<void> => {
    const windows = windowsOf(typed);
    if (!byChat && isBlank(phone)) return setWrong({ phone: t.phoneMissing });
    if (!windows) return setWrong({ windows: t.badWindow });
    setBusy(true);
    setWrong({});
    const wish = { phone: byChat ? "" : oneLine(phone), byChat, note: isBlank(note) ? "" : tidied(note), windows };
    try {
      if (sessionId) await store.convertToCallback(sessionId, wish);
      else if (!(await store.openCallback({ text, wish, commandId: draft.commandId })).opened) return setWrong({ form: t.active });
      draft.clear();
      toast(before ? t.changed : t.done);
      onDone?.(wish.note);
      onClose();
    } catch (error) {
      const { field } = reason(error);
      setWrong({ [/phone/.test(field) ? "phone" : /window/.test(field) ? "windows" : "form"]: sentence(error) });
    } finally {
      setBusy(false);
    }
  };

  const footer = (
    <>
      <Button onClick={onClose}>{t.cancel}</Button>
      <Button variant="primary" type="submit" form={form} busy={busy}>
        {before ? t.save : t.submit}
      </Button>
    </>
  );
  return (
    <Dialog title={before ? t.changeTitle : t.title} text={before ? undefined : t.text} footer={footer} onClose={onClose}>
      <form
        id={form}
        class="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Field label={t.phone} type="tel" inputMode="tel" autocomplete="tel" autofocus disabled={byChat} value={phone} onInput={(value) => draft.set({ phone: value })} hint={t.phoneHint} error={wrong.phone} />
        <label class="choice">
          <input type="checkbox" checked={byChat} onChange={(event) => draft.set({ byChat: event.currentTarget.checked })} />
          {t.byChat}
        </label>
        <TextArea label={t.note} rows={2} maxLength={1000} value={note} onInput={(value) => draft.set({ note: value })} />
        <TimeWindows typed={typed} onChange={(windows) => draft.set({ typed: windows })} />
        {(wrong.windows ?? wrong.form) && (
          <p class="form__wrong" role="alert">
            {wrong.windows ?? wrong.form}
          </p>
        )}
      </form>
    </Dialog>
  );
}

/** The earlier draft of the change, else the wish as it is. */
function changeOf(store: Store, sessionId: string | undefined, wish: CallbackWish) {
  const { byChat = false, note = "", windows = [] } = wish;
  return new FormDraft(store, `callback-change:${sessionId ?? ""}`, { phone: shownPhone(wish), byChat, note, typed: windows.map(typedOf) });
}

/** The earlier draft, else the person's phone number. The given note is appended to a note in the draft. */
function draftOf(store: Store, sessionId: string | undefined, note: string) {
  const blank = { phone: store.me.peek()?.person?.phone ?? "", byChat: false, note, typed: [] as TypedWindow[] };
  const draft = new FormDraft(store, `callback:${sessionId ?? ""}`, blank);
  const own = draft.values.note;
  if (note && !own.includes(note)) draft.set({ note: !isBlank(own) ? `${own.trimEnd()}\n${note}` : note });
  return draft;
}
