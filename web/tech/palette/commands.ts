import { Bell, CircleDot, FileCheck, History, Hourglass, Keyboard, LayoutDashboard, LogOut, MessageSquare, MessageSquareDot, PanelRight, Palette as PaletteSign, Rows3, ScrollText, Settings, Ticket as TicketSign, TicketPlus, UserCheck, UserPlus } from "lucide-preact";

import { chooseTheme, type Icon, type Theme, toast } from "../../ui";
import { uiTexts } from "../../ui/texts";
import type { Presence, Ticket } from "../../wire/index.ts";
import type { AppState } from "../app_state";
import { isAdminOfDesk, seesOthers } from "../people";
import { dockedHere } from "../chats/docked";
import { chatMenu, mayInvite } from "../chats/menu";
import { tryChange } from "../refusal";
import { go, route } from "../router";
import { isUnanswered, joinOldest, leave, mayLeave } from "../sessions/acts";
import { TAB_KEYS, isIn } from "../sessions/tabs";
import { DENSITIES, chooseDensity } from "../shell/density";
import { choosePresence, signOut } from "../shell/top_bar";
import { texts } from "../texts";

export interface Command {
  key: string;
  group: keyof typeof texts.palette.groups;
  label: string;
  about?: string;
  keys?: string;
  icon: Icon;
  run: () => void;
}

const t = texts.palette;
const PRESENCES: [string, Presence][] = [
  [texts.presence.online, "PRESENCE_ONLINE"],
  [texts.presence.away, "PRESENCE_AWAY"],
  [texts.presence.busy, "PRESENCE_BUSY"],
];
const THEMES: Theme[] = ["system", "light", "dark"];
const TICKETS_SHOWN = 6;
const RECENT_SHOWN = 4;

/** The commands that are always available. */
export function commandsOf(app: AppState): Command[] {
  const command = (key: string, label: string, icon: Icon, run: () => void, keys?: string): Command => ({ key, group: "commands", label, icon, run, keys });
  return [
    command("join", t.joinOldest, Hourglass, () => joinOldest(app), "J"),
    command("ticket", t.newTicket, TicketPlus, () => void (app.dialog.value = { kind: "ticket" }), "C"),
    command("unread", t.nextUnread, MessageSquareDot, () => nextUnread(app)),
    ...assignToMe(app),
    command("tickets", t.goTickets, TicketSign, () => go({ page: "tickets" })),
    command("history", t.goHistory, History, () => go({ page: "history" })),
    ...(seesOthers(app.store.me.value) ? [command("supervisor", t.goSupervisor, LayoutDashboard, () => go({ page: "supervisor" }))] : []),
    command("settings", t.goSettings, Settings, () => go({ page: "settings" })),
    ...(isAdminOfDesk(app.store.me.value) ? [command("audit", t.goAudit, ScrollText, () => go({ page: "audit" }))] : []),
    command("notifications", t.goNotifications, Bell, () => go({ page: "notifications" })),
    command("chat-logs", texts.nav["chat-logs"], FileCheck, () => go({ page: "chat-logs" })),
    ...TAB_KEYS.map((tab) => command(`tab:${tab}`, t.showTab(texts.sessions.tabs[tab]), PanelRight, () => void (app.panel.value = tab))),
    ...PRESENCES.map(([name, presence]) => command(presence, t.presence(name), CircleDot, () => choosePresence(app, presence))),
    ...THEMES.map((name) => command(`theme:${name}`, t.theme(uiTexts.theme[name]), PaletteSign, () => chooseTheme(name))),
    ...DENSITIES.map((name) => command(`density:${name}`, t.density(texts.density[name]), Rows3, () => chooseDensity(name))),
    command("help", texts.help, Keyboard, () => void (app.dialog.value = { kind: "help" }), "?"),
    command("out", texts.signOut, LogOut, () => signOut(app)),
  ];
}

/** What can be done with the chat window that was used last. */
export function currentChat(app: AppState): Command[] {
  const id = app.windows.current(dockedHere(app));
  const card = app.store.sessionOf(id).value?.card ?? app.store.cards.value.get(id);
  if (!card) return [];
  const command = (key: string, label: string, icon: Icon, run: () => void): Command => ({ key: `current:${key}`, group: "current", label, about: card.title, icon, run });
  const unanswered = isUnanswered(card);
  return [
    ...chatMenu(app, card).map(({ label, icon, onSelect }) => command(label, label, icon ?? MessageSquare, onSelect)),
    ...(mayInvite(app, card) ? [command("invite", uiTexts.chat.add, UserPlus, () => (app.dialog.value = { kind: "invite", sessionId: id }))] : []),
    ...(isIn(card, app.me.value.id ?? "") && !unanswered && mayLeave(app, card) ? [command("leave", uiTexts.chat.leave, LogOut, () => void leave(app, card))] : []),
  ];
}

/** On the page of a ticket. */
function assignToMe({ store, me }: AppState): Command[] {
  const at = route.value;
  if (at.page !== "ticket") return [];
  const assign = () => {
    const assigned = tryChange(`ticket:${at.id}:assigneeId`, () => store.tickets.update(at.id, { assigneeId: me.value.id }), texts.ticket.saveFailed);
    void assigned.then((done) => done && toast(t.assigned));
  };
  return [{ key: "assign", group: "commands", label: t.assignToMe, icon: UserCheck, run: assign }];
}

function nextUnread({ tabs, windows, store }: AppState): void {
  const next = tabs.value.mine.find(({ sessionId = "" }) => store.sessionOf(sessionId).value?.unread.count);
  if (next) windows.open(next.sessionId ?? "");
  else toast(t.nothingUnread);
}

/** The person's own chats and the recent ones; only a few until something is typed. */
export function chatsIn(app: AppState, text: string): Command[] {
  const chat = (group: "chats" | "recent", id: string, label: string, about: string): Command => {
    return { key: id, group, label, about, icon: group === "chats" ? MessageSquare : History, run: () => app.windows.open(id) };
  };
  const mine = app.tabs.value.mine.map(({ sessionId = "", title = "", customer, companyName }) =>
    chat("chats", sessionId, title, [customer?.name, companyName].filter(Boolean).join(" · ")),
  );
  const others = app.recent.list.value.filter(({ id }) => !mine.some(({ key }) => key === id)).slice(0, text ? undefined : RECENT_SHOWN);
  return [...mine, ...others.map(({ id, title, about }) => chat("recent", id, title, about))];
}

export function ticketsIn(tickets: readonly Ticket[]): Command[] {
  return tickets.slice(0, TICKETS_SHOWN).map(ticketCommand);
}

export function ticketCommand({ id = "", number, summary = "", customer }: Ticket): Command {
  return { key: id, group: "tickets", label: `#${number} ${summary}`, about: customer?.name, icon: TicketSign, run: () => go({ page: "ticket", id }) };
}

/** Whether the text contains every typed word. */
export function matches({ label, about = "" }: Pick<Command, "label" | "about">, text: string): boolean {
  const inside = `${label} ${about}`.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => inside.includes(word));
}
