import { SendHorizontal } from "lucide-preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

import { excess, isBlank, tidied } from "../../wire/text.ts";
import { classes } from "../classes";
import { EmojiButton } from "../emoji/emoji_button";
import { Segments } from "../field/segments";
import { AttachIcon } from "../files/attach_button";
import type { ChatFiles } from "../files/chat_files";
import { isComposing, isEnter } from "../keys";
import { lazy, usePart } from "../lazy/lazy";
import { uiTexts } from "../texts";
import "./composer.css";
import { InternalMark } from "./internal_mark";
import { ReplyList } from "./reply_list";
import { type CannedReplies, useReplyPicker } from "./reply_picker";

export type { CannedReplies };

interface ComposerProps {
  owner: string;
  draft: string;
  onDraft: (text: string) => void;
  onSend: (text: string) => void;
  readOnly?: string;
  maxChars: number;
  focus?: number;
  replies?: CannedReplies;
  notes?: NoteChoice;
  /** Without, no files can be attached. */
  files?: ChatFiles;
}

/** Whether the text is an internal note. Without `onChoose` it always is: the person is not in the chat. */
export interface NoteChoice {
  internal: boolean;
  onChoose?: (internal: boolean) => void;
}

// Most messages have no files.
const waitingFiles = lazy(() => import("./waiting_files").then((part) => part.WaitingFiles));

const AUDIENCES = [
  { value: false, label: uiTexts.chat.forEveryone },
  { value: true, label: uiTexts.chat.forEngineers },
];

/** Enter sends, Shift+Enter adds a line break. During input method composition, Enter belongs to the input method. */
export function Composer({ owner, draft, onDraft, onSend, readOnly, maxChars, focus, replies, notes, files }: ComposerProps) {
  const box = useRef<HTMLTextAreaElement>(null);
  const picker = useReplyPicker(box, draft, onDraft, replies);
  // The sent text counts, without trailing blanks.
  const over = draft.length > maxChars ? excess(tidied(draft), maxChars) : 0;
  const internal = Boolean(notes?.internal);
  const attached = !internal && Boolean(files?.items.length);
  const WaitingFiles = usePart(files && (files.items.length > 0 || files.lost) ? waitingFiles : null);
  const sendable = !readOnly && over === 0 && !files?.waiting && (attached || !isBlank(draft));
  const send = () => {
    if (!sendable || picker.holds()) return;
    onSend(isBlank(draft) ? "" : tidied(draft));
    box.current?.focus();
  };

  /** In place of what is selected, or at the caret. */
  const insert = (text: string) => {
    const element = box.current!;
    element.setRangeText(text, element.selectionStart, element.selectionEnd, "end");
    onDraft(element.value);
    element.focus();
  };

  const sendLabel = internal ? uiTexts.chat.sendNote : uiTexts.chat.send;

  useLayoutEffect(() => {
    const element = box.current!;
    element.style.height = "auto";
    element.style.height = `${Math.min(element.scrollHeight, 132)}px`;
  }, [draft]);

  useEffect(() => {
    if (focus) box.current?.focus();
  }, [focus]);

  return (
    <div class={classes("composer", internal && "composer--internal")}>
      {notes && (
        // After a choice by pointer the person writes; keys choose on.
        <div class="composer__audience" onClick={(event) => event.detail > 0 && box.current?.focus()}>
          {notes.onChoose && <Segments label={uiTexts.chat.audience} value={internal} choices={AUDIENCES} onChange={notes.onChoose} />}
          {internal && <InternalMark short={Boolean(notes.onChoose)} />}
        </div>
      )}
      {picker.list && <ReplyList {...picker.list} />}
      {files && !internal && !readOnly && typeof WaitingFiles === "function" && <WaitingFiles files={files} />}
      {WaitingFiles === "failed" && (
        <p class="composer__wrong" role="alert">
          {uiTexts.partFailed}
        </p>
      )}
      <div class="composer__box">
        {files && !readOnly && <AttachIcon onFiles={files.add} whyNot={files.whyNot} />}
        <textarea
          ref={box}
          class="composer__text"
          rows={1}
          dir="auto"
          aria-label={internal ? uiTexts.chat.noteBox : uiTexts.chat.box}
          {...picker.box}
          placeholder={readOnly ?? (internal ? uiTexts.chat.notePlaceholder : uiTexts.chat.placeholder)}
          disabled={Boolean(readOnly)}
          readOnly={files?.waiting}
          value={draft}
          enterkeyhint="send"
          onInput={(event) => {
            onDraft(event.currentTarget.value);
            picker.look(event.currentTarget);
          }}
          onBlur={picker.close}
          onKeyDown={(event) => {
            if (isComposing(event) || picker.takes(event) || !isEnter(event) || event.shiftKey) return;
            event.preventDefault();
            send();
          }}
        />
        {!readOnly && <EmojiButton owner={owner} disabled={files?.waiting} onChoose={insert} />}
        <button type="button" class="composer__send" aria-label={sendLabel} title={sendLabel} disabled={!sendable} onClick={send}>
          <SendHorizontal size={16} aria-hidden="true" />
        </button>
      </div>
      {picker.held && (
        <p class="composer__wrong" role="alert">
          {uiTexts.chat.unfilled(picker.held)}
        </p>
      )}
      {over > 0 && (
        <p class="composer__wrong" role="alert">
          {uiTexts.tooLong(over)}
        </p>
      )}
    </div>
  );
}
