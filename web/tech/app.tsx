import { computed, effect, untracked } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { ErrorState, LazyPage, LiveRegions, PresenceContext, Skeleton, announce, lazy, setClockOffset, toast, uiTexts, useKeptFocus, usePageFocus } from "../ui";
import { showBadge } from "../wire/index.ts";
import { Alerts } from "./alerts/alerts";
import { loadAlertTimes } from "./alerts/urgency";
import { spokenOf } from "./alerts/spoken";
import { Dock } from "./chats/dock";
import { noteRecent } from "./chats/recent";
import { type AppState, AppContext, useApp } from "./app_state";
import "./layout.css";
import { seesOthers, usePresence } from "./people";
import { go, route } from "./router";
import { followArrivals } from "./sessions/arrivals";
import { SessionManager } from "./sessions/manager";
import { showOutcomes } from "./sessions/pushes";
import { showWhoTookOver } from "./sessions/taken_over";
import { isIn } from "./sessions/tabs";
import { openClicked, openNamed } from "./shell/clicks";
import { Dialogs } from "./shell/dialogs";
import { useShortcuts } from "./shell/shortcuts";
import { Missing } from "./shell/missing";
import { usePageTitle } from "./shell/page_title";
import { StateLine } from "./shell/state_line";
import { TopBar } from "./shell/top_bar";
import { watchPromises } from "./supervisor/promises";
import { texts } from "./texts";

export function App({ app }: { app: AppState }) {
  useEffect(() => keepInStep(app), [app]);
  return (
    <AppContext.Provider value={app}>
      <PresenceContext.Provider value={usePresence}>
        {app.store.me.value ? <Frame /> : <Starting />}
        <LiveRegions />
      </PresenceContext.Provider>
    </AppContext.Provider>
  );
}

function Frame() {
  useShortcuts();
  usePageTitle();
  const at = route.value;
  usePageFocus("id" in at ? `${at.page}:${at.id}` : at.page, "page");
  useKeptFocus("page");
  return (
    <div class="desk">
      <a class="skip-link" href="#page">
        {texts.skip}
      </a>
      <TopBar />
      <StateLine />
      <Alerts />
      <main class="desk__page" id="page" tabIndex={-1}>
        <Missing />
        <Page />
      </main>
      <SessionManager />
      <Dock />
      <Dialogs />
    </div>
  );
}

function Starting() {
  const { store } = useApp();
  return (
    <main class="desk__start">
      <h1 class="unseen">Parley</h1>
      {store.startError.value ? (
        <ErrorState title={texts.start.failed} onRetry={() => store.tryNow()}>
          {texts.start.failedText}
        </ErrorState>
      ) : (
        <Skeleton label={texts.start.loading} rows={4} shape="cards" />
      )}
    </main>
  );
}

type PageProps = { id?: string };
const PAGES = {
  tickets: lazy<PageProps>(() => import("./tickets/list_page").then((page) => page.ListPage)),
  ticket: lazy<PageProps>(() => import("./tickets/ticket_page").then((page) => page.TicketPage)),
  history: lazy<PageProps>(() => import("./history/history_page").then((page) => page.HistoryPage)),
  session: lazy<PageProps>(() => import("./history/session_page").then((page) => page.SessionPage)),
  settings: lazy<PageProps>(() => import("./settings/settings_page").then((page) => page.SettingsPage)),
  supervisor: lazy<PageProps>(() => import("./supervisor/supervisor_page").then((page) => page.SupervisorPage)),
  "chat-logs": lazy<PageProps>(() => import("./logs/check_page").then((page) => page.CheckPage)),
  audit: lazy<PageProps>(() => import("./audit/audit_page").then((page) => page.AuditPage)),
  notifications: lazy<PageProps>(() => import("./shell/notifications_page").then((page) => page.TechNotifications)),
};

function Page() {
  const { store } = useApp();
  const at = route.value;
  // For everybody else there is no such page (spec 13.4).
  const lost = at.page === "unknown" || (at.page === "supervisor" && !seesOthers(store.me.value));
  useEffect(() => {
    if (!lost) return;
    toast(texts.noSuchPage);
    go({ page: "tickets" }, true);
  }, [lost]);
  if (lost) return null;
  const id = "id" in at ? at.id : undefined;
  return <LazyPage key={id ?? at.page} of={PAGES[at.page]} props={{ id }} loading={texts.start.loading} />;
}

/** Applies the store's changes to windows and announcements. Returns a function that stops it. */
function keepInStep(app: AppState): () => void {
  const { store, windows, recent, tabs, me } = app;
  const waiting = computed(() => tabs.value.waiting.length);
  const clock = setInterval(() => setClockOffset(store.serverNow() - Date.now()), 15_000);
  const stops = [
    loadAlertTimes(app),
    watchPromises(app),
    followArrivals(app),
    effect(() => {
      if (!store.starts.value) return;
      setClockOffset(store.serverNow() - Date.now());
      const id = me.value.id ?? "";
      recent.resume(id);
      windows.resume(id, tabs.peek().mine.map((card) => card.sessionId ?? ""));
      untracked(() => openNamed(app));
    }),
    store.onLiveEvent((event) => {
      if (event.kind === "alert") announce(spokenOf(event.alert), true);
      // A window in view reads its own log out.
      if (event.kind === "message" && !windows.isInView(event.sessionId)) {
        const { newMessage, newNote } = uiTexts.chat;
        announce((event.line.internal ? newNote : newMessage)(event.line.by.name ?? texts.chat.someone));
      }
      // Joined or pushed in another tab, or through a notification: the window opens here too.
      const id = me.value.id ?? "";
      if (event.kind === "card" && isIn(event.card, id) && !(event.before && isIn(event.before, id))) windows.show(event.card.sessionId ?? "");
    }),
    windows.followLeaving(),
    showOutcomes(app),
    showWhoTookOver(app),
    openClicked(app),
    effect(() => showBadge(waiting.value)),
    noteRecent(recent, store, windows),
    () => clearInterval(clock),
  ];
  return () => stops.forEach((stop) => stop());
}
