import { Bell, ChevronDown, CircleHelp, FileCheck, LogOut, Search } from "lucide-preact";

import { Avatar, Badge, Brand, IconButton, Menu, type MenuEntry, PresenceDot, choosePersonsLanguage, languageEntries, themeEntries, toast, uiTexts } from "../../ui";
import { keptUploads } from "../../ui/files/kept_uploads";
import type { Presence } from "../../wire/index.ts";
import { type AppState, useApp } from "../app_state";
import { presenceState, seesOthers } from "../people";
import { Link, go, route } from "../router";
import { lateOf } from "../supervisor/promises";
import { texts } from "../texts";
import { ConnectionStatus } from "./connection_status";
import { densityEntries } from "./density";
import { useIdleEntry } from "./idle_entry";
import "./top_bar.css";

export function TopBar() {
  const app = useApp();
  return (
    <header class="top-bar">
      <div class="top-bar__me">
        <MyMenu app={app} />
      </div>
      <nav class="top-bar__nav" aria-label={texts.nav.label}>
        <Link to={{ page: "tickets" }} class="top-bar__link" current={route.value.page === "tickets" || route.value.page === "ticket"}>
          {texts.nav.tickets}
        </Link>
        <Link to={{ page: "history" }} class="top-bar__link" current={route.value.page === "history" || route.value.page === "session"}>
          {texts.nav.history}
        </Link>
        {seesOthers(app.store.me.value) && <SupervisorLink app={app} />}
        <Link to={{ page: "settings" }} class="top-bar__link" current={route.value.page === "settings" || route.value.page === "audit"}>
          {texts.nav.settings}
        </Link>
      </nav>
      <button type="button" class="top-bar__search" aria-label={texts.search} onClick={() => (app.dialog.value = { kind: "palette" })}>
        <Search size={15} aria-hidden="true" />
        <span class="top-bar__search-text">{texts.search}</span>
        <kbd>{texts.searchKeys}</kbd>
      </button>
      <IconButton icon={CircleHelp} label={texts.help} class="top-bar__help" onClick={() => (app.dialog.value = { kind: "help" })} />
      <span class="top-bar__brand">
        <Brand bare size={26} />
      </span>
    </header>
  );
}

/** With the number of broken promises (spec 13.7). */
function SupervisorLink({ app }: { app: AppState }) {
  const { waits, callbacks } = lateOf(app);
  const late = waits.length + callbacks.length;
  return (
    <Link to={{ page: "supervisor" }} class="top-bar__link" current={route.value.page === "supervisor"}>
      {texts.nav.supervisor}
      {late > 0 && <span class="unseen">, {texts.late.link(late)}</span>}
      <Badge count={late} />
    </Link>
  );
}

const CHOICES = [
  ["online", "PRESENCE_ONLINE"],
  ["away", "PRESENCE_AWAY"],
  ["busy", "PRESENCE_BUSY"],
] as const;

function MyMenu({ app }: { app: AppState }) {
  const { store, me } = app;
  const own = store.presence.value;
  // Without a connection nobody sees this person as present.
  const state = (store.connection.value.state === "connected" && presenceState(own?.presence)) || "offline";
  const chosen = presenceState(own?.chosen) ?? "online";
  const entries: MenuEntry[] = [
    ...CHOICES.map(
      ([key, presence]): MenuEntry => ({
        kind: "radio",
        label: texts.presence[key],
        checked: chosen === key,
        before: <PresenceDot presence={key} named={false} />,
        onSelect: () => choosePresence(app, presence),
      }),
    ),
    { kind: "separator" },
    ...useIdleEntry(),
    ...themeEntries(),
    ...densityEntries(),
    ...languageEntries((next) => choosePersonsLanguage(store.notify, next)),
    { kind: "separator" },
    {
      kind: "item",
      label: texts.nav.notifications,
      icon: Bell,
      hint: uiTexts.notify.permission[store.notify.permission.value],
      onSelect: () => go({ page: "notifications" }),
    },
    {
      kind: "item",
      label: texts.nav["chat-logs"],
      icon: FileCheck,
      onSelect: () => go({ page: "chat-logs" }),
    },
    {
      kind: "item",
      label: texts.signOut,
      icon: LogOut,
      onSelect: () => signOut(app),
    },
  ];
  return (
    <div class="my">
      <Menu label={texts.presence.button(texts.presence[state])} entries={entries} class="my__button" placement="bottom-start">
        <Avatar id={me.value.id ?? ""} name={me.value.name ?? ""} side="engineer" presence={state} />
        <span class="my__text">
          <span class="my__name" dir="auto">{me.value.name}</span>
          <span class="my__state">{texts.presence[state]}</span>
        </span>
        <ChevronDown size={14} aria-hidden="true" />
      </Menu>
      <ConnectionStatus />
    </div>
  );
}

export function choosePresence({ store }: AppState, presence: Presence): void {
  const stands = (): boolean => store.presence.value?.presence !== presence;
  store.choosePresence(presence).catch(() => toast(texts.presence.failed, { tone: "danger", while: stands }));
}

export function signOut({ store, recent }: AppState): void {
  if (!keptUploads(store).maySignOut()) return;
  store.signOut().then(
    () => recent.forget(),
    () => toast(texts.signOutFailed, { tone: "danger" }),
  );
}
