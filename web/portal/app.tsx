import { useComputed } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { Banner, ErrorState, LazyPage, LiveRegions, PresenceContext, Skeleton, lazy, toast, useKeptFocus, usePageFocus } from "../ui";
import { takeClick } from "../wire";
import { ChatDock } from "./chat/chat_dock";
import { PushChats } from "./chat/push_chat";
import { showChat } from "./chat/windows";
import { usePresence } from "./presence";
import { go, paths, route } from "./router";
import { Header } from "./shell/header";
import { TabTitle } from "./shell/tab_title";
import { useStore } from "./store_context";
import { SupportPage } from "./support/support_page";
import { texts } from "./texts";
import { NewTicketPage } from "./tickets/new_ticket";
import { TicketListPage } from "./tickets/ticket_list";
import "./app.css";

export function App() {
  const store = useStore();
  useClicks();
  useKeptFocus("main");
  const started = useComputed(() => store.me.value !== null);
  return (
    <PresenceContext.Provider value={usePresence}>
      <a
        class="skip-link"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById("main")?.focus();
        }}
      >
        {texts.skip}
      </a>
      <Header />
      <main id="main" class="page" tabIndex={-1}>
        <MissingServices />
        {started.value ? <Page /> : <Starting />}
      </main>
      {started.value && <ChatDock />}
      {started.value && <PushChats />}
      <LiveRegions />
      <TabTitle />
    </PresenceContext.Provider>
  );
}

const TICKET = lazy(() => import("./tickets/ticket_page").then((page) => page.TicketPage));
const NOTIFICATIONS = lazy(() => import("../ui/notifications/page").then((page) => page.NotificationsPage));

function Page() {
  const store = useStore();
  const where = route.value;
  usePageFocus("id" in where ? `${where.page}:${where.id}` : where.page, "main");
  const lost = where.page === "unknown";
  useEffect(() => {
    if (!lost) return;
    toast(texts.noSuchPage);
    go(paths.tickets, true);
  }, [lost]);
  switch (where.page) {
    case "unknown":
      return null;
    case "support":
      return <SupportPage />;
    case "tickets":
      return <TicketListPage />;
    case "new-ticket":
      return <NewTicketPage />;
    case "notifications":
      return <LazyPage of={NOTIFICATIONS} props={{ store }} loading={texts.loading} />;
    case "ticket":
      return <LazyPage key={where.id} of={TICKET} props={{ id: where.id }} loading={texts.loading} />;
  }
}

function Starting() {
  const store = useStore();
  const error = store.startError.value;
  if (!error && store.connection.value.state !== "offline") return <Skeleton label={texts.loading} rows={4} />;
  return (
    <ErrorState title={texts.startFailed} onRetry={() => store.tryNow()}>
      {texts.startFailedText}
    </ErrorState>
  );
}

function MissingServices() {
  const missing = useStore().missing.value;
  if (missing.length === 0) return null;
  const names = missing.map((name) => texts.services[name] ?? name).join(", ");
  return (
    <div role="status">
      <Banner tone="warn">{texts.missing(names)}</Banner>
    </div>
  );
}

/** Opens the chat of a clicked notification, and the one that the address names. */
function useClicks(): void {
  const store = useStore();
  useEffect(() => {
    const named = takeClick();
    if (named) showChat(named.sessionId);
    return store.notify.onClick(({ sessionId }) => sessionId && showChat(sessionId));
  }, [store]);
}
