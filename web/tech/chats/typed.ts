import { useEffect, useState } from "preact/hooks";

import type { NoteChoice } from "../../ui/chat";
import type { SessionCard, SignIn, Store } from "../../wire/index.ts";
import { seesOthers } from "../people";

interface Typed {
  draft: string;
  onDraft: (text: string) => void;
  onSend: (text: string) => void;
  /** Set if the person may write internal notes. */
  notes?: NoteChoice;
}

/** Spec 13.3, 13.4. Chat checks it too. */
function mayWriteNotes(me: SignIn | null, { status }: SessionCard, inside: boolean): boolean {
  const active = status === "CHAT_STATUS_WAITING" || status === "CHAT_STATUS_HANDLED";
  return active && (inside || seesOthers(me));
}

/**
 * What the person types in the window of a chat. A message and an internal note have drafts of their own, so that no choice, reload or
 * joining makes a message of a note.
 */
export function useTyped(store: Store, id: string, card: SessionCard, inside: boolean): Typed {
  const keys = { message: id, note: `${id}:note` };
  const [drafts, setDrafts] = useState(() => ({ message: store.draft(keys.message), note: store.draft(keys.note) }));
  const [chosen, choose] = useState(Boolean(drafts.note) && !drafts.message);
  useEffect(() => {
    const stops = [
      store.onDraft(keys.message, (message) => setDrafts((held) => ({ ...held, message }))),
      store.onDraft(keys.note, (note) => setDrafts((held) => ({ ...held, note }))),
    ];
    return () => stops.forEach((stop) => stop());
  }, [id]);
  const allowed = mayWriteNotes(store.me.value, card, inside);
  const internal = allowed && (chosen || !inside);
  const kind = internal ? "note" : "message";
  const write = (text: string): void => {
    setDrafts({ ...drafts, [kind]: text });
    store.saveDraft(keys[kind], text);
    // Outside the chat there is no choice; what is typed there decides what the box is for after joining.
    if (!inside) choose(Boolean(text) && !drafts.message);
  };
  return {
    draft: drafts[kind],
    onDraft: (text) => {
      write(text);
      if (text && !internal) store.typing(id);
    },
    onSend: (text) => {
      store.post(id, text, internal);
      write("");
    },
    notes: allowed ? { internal, onChoose: inside ? choose : undefined } : undefined,
  };
}
