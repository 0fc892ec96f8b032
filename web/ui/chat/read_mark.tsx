import { Check, CheckCheck } from "lucide-preact";

import { uiTexts } from "../texts";
import type { ReadMarks } from "./model";

/** The text of an own message's mark, if it has one. */
export function markOf({ sent, delivered, seen }: ReadMarks, key: string): string | undefined {
  if (key === seen?.key) return uiTexts.chat.seen(seen.names);
  if (key === delivered) return uiTexts.chat.delivered;
  return key === sent ? uiTexts.chat.sent : undefined;
}

export function ReadMark({ text }: { text: string }) {
  const Sign = text === uiTexts.chat.sent ? Check : CheckCheck;
  return (
    // A screen reader that moves through the log reads it. It is not announced, because it changes after each message.
    <span class="chat-log__state" aria-live="off">
      <Sign size={12} aria-hidden="true" /> {text}
    </span>
  );
}
