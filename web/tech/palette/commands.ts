import { Bell, CircleDot, History, Hourglass, Keyboard, LogOut, MessageSquare, PanelRight, Palette as PaletteSign, Settings, Ticket as TicketSign, TicketPlus } from "lucide-preact";

import { chooseTheme, type Icon, type Theme } from "../../ui";
import { uiTexts } from "../../ui/texts";
import type { Presence, Ticket } from "../../wire/index.ts";
import type { AppState } from "../app_state";
import { isAdmin } from "../people";
import { go } from "../router";
import { joinOldest } from "../sessions/acts";
import { TAB_KEYS } from "../sessions/tabs";
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
    command("tickets", t.goTickets, TicketSign, () => go({ page: "tickets" })),
    ...(isAdmin(app.store.me.value) ? [command("settings", t.goSettings, Settings, () => go({ page: "settings" }))] : []),
    command("notifications", t.goNotifications, Bell, () => go({ page: "notifications" })),
    ...TAB_KEYS.map((tab) => command(`tab:${tab}`, t.showTab(texts.sessions.tabs[tab]), PanelRight, () => void (app.panel.value = tab))),
    ...PRESENCES.map(([name, presence]) => command(presence, t.presence(name), CircleDot, () => choosePresence(app, presence))),
    ...THEMES.map((name) => command(`theme:${name}`, t.theme(uiTexts.theme[name]), PaletteSign, () => chooseTheme(name))),
    command("help", texts.help, Keyboard, () => void (app.dialog.value = { kind: "help" }), "?"),
    command("out", texts.signOut, LogOut, () => signOut(app)),
  ];
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
