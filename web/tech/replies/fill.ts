// Canned replies with their placeholders filled for a chat.
import { type CannedReplies, filled } from "../../ui/chat";
import type { CannedReply, SessionCard } from "../../wire/index.ts";
import type { AppState } from "../app_state";
import { hoursText } from "./hours_text";
import { replyTexts as t } from "./reply_texts";

/** For the composer of this session's window. A placeholder without a value, such as {ticket} before there is one, stays. */
export function repliesFor({ replies, me }: AppState, card: SessionCard): CannedReplies {
  const loaded = replies.loaded.value;
  const onAsk = (): void => replies.ask();
  if (!loaded) return { all: null, onAsk };
  const values = {
    customer: card.customer?.name ?? "",
    ticket: card.ticketNumber ? `#${card.ticketNumber}` : "",
    engineer: me.value.name ?? "",
    hours: hoursText(loaded.hours),
  };
  const reply = (group: string) => ({ replyId: id = "", title = "", text = "" }: CannedReply) => ({ id, title, text: filled(text, values), group });
  return { all: [...loaded.own.map(reply(t.yours)), ...loaded.ofDesk.map(reply(t.desks))], onAsk };
}
