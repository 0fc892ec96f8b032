import { Download, MessageSquarePlus, ThumbsDown, ThumbsUp } from "lucide-preact";
import { useRef, useState } from "preact/hooks";

import { Button, TextArea, serverNow, toast, wholeMoment } from "../../ui";
import type { ChatItem } from "../../ui/chat";
import { excess, isBlank, type SessionCard, type SessionView, tidied } from "../../wire";
import { sentence } from "../load";
import { useStore } from "../store_context";
import { texts } from "../texts";
import "./after_end.css";
import { copyOf, fileName, save } from "./copy";

const t = texts.after;
const MAX_COMMENT = 1000;

/** Whether an engineer ended the chat. */
export function hasEnded(card: SessionCard): boolean {
  return card.status === "CHAT_STATUS_COMPLETED" && Boolean(card.handledAt);
}

/** The name under which the store keeps the unsent comment. */
export const commentKey = (sessionId: string): string => `feedback:${sessionId}`;

/** What the customer may do after the end (spec 4.15): answer whether it was solved while they are in it, save a copy, begin a new chat. */
export function AfterEnd({ view, items, inIt, onStartAnew }: { view: SessionView; items: ChatItem[]; inIt: boolean; onStartAnew: () => void }) {
  const me = useStore().me.value;
  const { card } = view;
  const onCopy = (): void => {
    const head = [card.title ?? "", me?.desk?.name ?? texts.product, t.copied(wholeMoment(serverNow()))];
    save(fileName(card.closedAt ?? 0), copyOf(head, items));
  };
  return (
    <section class="after-end" aria-label={t.label}>
      {inIt && <Question card={card} />}
      <div class="after-end__ways">
        <Button size="s" variant="ghost" icon={Download} onClick={onCopy}>
          {t.copy}
        </Button>
        {/* With unsent text the line of the end offers it. */}
        {inIt && view.pending.length === 0 && (
          <Button size="s" variant="ghost" icon={MessageSquarePlus} onClick={onStartAnew}>
            {texts.chat.startAnew}
          </Button>
        )}
      </div>
    </section>
  );
}

/** Asks once. An answer is final, and a comment may follow it. */
function Question({ card }: { card: SessionCard }) {
  const store = useStore();
  const id = card.sessionId ?? "";
  const draftKey = commentKey(id);
  const [comment, setComment] = useState(() => store.draft(draftKey));
  const [sending, setSending] = useState(false);
  const line = useRef<HTMLParagraphElement>(null);
  const { solved, comment: given } = card.feedback ?? {};

  const write = (text: string): void => {
    setComment(text);
    store.saveDraft(draftKey, text);
  };
  const send = async (answer: boolean, text = ""): Promise<void> => {
    setSending(true);
    try {
      await store.giveFeedback(id, answer, text);
      if (text) write("");
      // The pressed button is removed, so the focus moves to the sentence that answers.
      line.current?.focus();
    } catch (error) {
      const given = (): boolean => {
        const { feedback } = store.sessionOf(id).value?.card ?? {};
        return Boolean(text ? feedback?.comment : feedback?.solved);
      };
      toast(sentence(error), { tone: "danger", while: () => !given() });
    } finally {
      setSending(false);
    }
  };
  return (
    <div class="after-end__question" role="group" aria-label={t.question}>
      <p ref={line} tabIndex={-1}>
        {solved ? t.thanks : t.question}
      </p>
      {!solved && (
        <span class="after-end__answers">
          <Button size="s" icon={ThumbsUp} busy={sending} onClick={() => void send(true)}>
            {t.yes}
          </Button>
          <Button size="s" icon={ThumbsDown} busy={sending} onClick={() => void send(false)}>
            {t.no}
          </Button>
        </span>
      )}
      {solved && !given && (
        <>
          <TextArea label={t.comment} rows={2} maxLength={MAX_COMMENT} value={comment} onInput={write} />
          <Button
            size="s"
            busy={sending}
            disabled={isBlank(comment) || excess(comment, MAX_COMMENT) > 0}
            onClick={() => void send(solved === "SOLVED_YES", tidied(comment))}
          >
            {t.send}
          </Button>
        </>
      )}
    </div>
  );
}
