import { ExternalLink, Forward, LogOut, PanelRight, PhoneMissed, PictureInPicture2, Square, TicketPlus } from "lucide-preact";

import type { MenuItem } from "../../ui";
import type { SessionCard } from "../../wire/index.ts";
import type { AppState } from "../app_state";
import { isWide } from "../phone";
import { go } from "../router";
import { isUnanswered, leave } from "../sessions/acts";
import { mayBecomeTicket, whyEntry } from "../sessions/card";
import { isIn } from "../sessions/tabs";
import { texts } from "../texts";
import { dockedHere } from "./docked";

/** What the person may do with the session: the menu of its window, and commands of the palette. */
export function chatMenu(app: AppState, card: SessionCard): MenuItem[] {
  const sessionId = card.sessionId ?? "";
  const inside = isIn(card, app.me.value.id ?? "");
  const entries: MenuItem[] = [];
  if (inside && card.status === "CHAT_STATUS_HANDLED") {
    entries.push({ kind: "item", label: texts.chat.end, icon: Square, onSelect: () => (app.dialog.value = { kind: "end", sessionId }) });
  }
  if (mayInvite(app, card) && !card.transfer) {
    entries.push({ kind: "item", label: texts.transfer.open, icon: Forward, onSelect: () => (app.dialog.value = { kind: "transfer", sessionId }) });
  }
  if (card.status === "CHAT_STATUS_ABANDONED" || card.status === "CHAT_STATUS_CALLBACK") {
    entries.push({ kind: "item", label: texts.sessions.end, icon: Square, onSelect: () => (app.dialog.value = { kind: "close", sessionId }) });
  }
  if (card.status === "CHAT_STATUS_CALLBACK") {
    entries.push({ kind: "item", label: texts.sessions.noAnswer, icon: PhoneMissed, onSelect: () => (app.dialog.value = { kind: "noAnswer", sessionId }) });
  }
  if (inside && isUnanswered(card)) {
    entries.push({ kind: "item", label: texts.sessions.withdraw, icon: LogOut, onSelect: () => void leave(app, card) });
  }
  if (card.ticketId) {
    const ticket = card.ticketId;
    entries.push({ kind: "item", label: texts.chat.openTicket, icon: ExternalLink, onSelect: () => go({ page: "ticket", id: ticket }) });
  }
  entries.push(...dockEntries(app, card));
  if (mayBecomeTicket(card)) {
    entries.push({ kind: "item", label: texts.newTicket.open, icon: TicketPlus, onSelect: () => (app.dialog.value = { kind: "ticket", sessionId }) });
  }
  if (sessionId) entries.push(whyEntry(app, sessionId));
  return entries;
}

/** Docks the chat beside its ticket, whose page opens, or makes it a window again. None without a ticket or enough room. */
export function dockEntries(app: AppState, { sessionId = "", ticketId }: SessionCard): MenuItem[] {
  if (dockedHere(app)?.id === sessionId) {
    return [{ kind: "item", label: texts.chat.undock, icon: PictureInPicture2, onSelect: () => app.windows.undock(sessionId) }];
  }
  if (!ticketId || !isWide()) return [];
  const dock = () => {
    app.windows.dock(sessionId, ticketId);
    go({ page: "ticket", id: ticketId });
  };
  return [{ kind: "item", label: texts.chat.dock, icon: PanelRight, onSelect: dock }];
}

/** Whether the person may invite another engineer (spec 3.9), or ask one to take over (spec 13.2). */
export function mayInvite(app: AppState, card: SessionCard): boolean {
  return isIn(card, app.me.value.id ?? "") && card.status === "CHAT_STATUS_HANDLED";
}
