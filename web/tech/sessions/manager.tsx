import { ChevronsRight, CircleAlert, Hourglass, MessagesSquare, PhoneCall } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { Badge, Button, EmptyState, IconButton, Tabs, classes, toast, type Icon } from "../../ui";
import type { OlderStatus, SessionCard } from "../../wire/index.ts";
import { type AppState, useApp } from "../app_state";
import { useOnScreen } from "../people";
import { isPhone } from "../phone";
import { refusalText } from "../refusal";
import { route } from "../router";
import { texts } from "../texts";
import { endedOf, leaveEnded } from "./acts";
import { arrivedTab } from "./arrivals";
import { SessionCardView } from "./card";
import "./manager.css";
import { TAB_KEYS, type TabKey } from "./tabs";

const ICONS: Record<TabKey, Icon> = { mine: MessagesSquare, waiting: Hourglass, abandoned: CircleAlert, callbacks: PhoneCall };

const STATUSES: Partial<Record<TabKey, OlderStatus>> = { abandoned: "CHAT_STATUS_ABANDONED", callbacks: "CHAT_STATUS_CALLBACK" };

/** The session manager (spec 6): four counts and the cards behind them. */
export function SessionManager() {
  const app = useApp();
  const open = app.panel.value;
  const tabs = app.tabs.value;
  useClosedByNavigation(app);
  const unreadIn = (key: TabKey): number => (key === "mine" ? app.store.unread.value : 0);
  const arrivedIn = (key: TabKey): number => tabs[key].filter((card) => arrivedTab(card) === key && app.arrived.value.has(card.sessionId ?? "")).length;
  const countIn = (key: TabKey): number => tabs[key].length + notLoaded(app, key);
  const cards = open ? tabs[open] : [];
  useOnScreen(cards.flatMap((card) => [card.customer?.id, ...(card.participants ?? []).map((person) => person.id)]));
  return (
    <aside class={classes("sessions", open && "sessions--open")} aria-label={texts.sessions.region}>
      <Tabs
        vertical
        class="sessions__tabs"
        label={texts.sessions.region}
        selected={open}
        onSelect={(key) => (app.panel.value = key === open ? null : key)}
        tabs={TAB_KEYS.map((key) => ({
          key,
          name: texts.sessions.tabName(texts.sessions.tabs[key], countIn(key), unreadIn(key), arrivedIn(key)),
          label: <TabSign icon={ICONS[key]} count={countIn(key)} urgent={key === "waiting" || arrivedIn(key) > 0} unread={unreadIn(key)} />,
        }))}
      >
        {open && (
          <div class="sessions__panel">
            <header class="sessions__head">
              <h2>{texts.sessions.tabs[open]}</h2>
              {open === "mine" && endedOf(app).length > 0 && (
                <Button size="s" class="sessions__leave-ended" onClick={() => leaveEnded(app)}>
                  {texts.sessions.leaveEnded}
                </Button>
              )}
              <IconButton icon={ChevronsRight} label={texts.sessions.collapse} size="s" onClick={() => (app.panel.value = null)} />
            </header>
            <div class="sessions__cards">
              {cards
                .filter((card) => !card.older)
                .map((card) => (
                  <SessionCardView key={card.sessionId} card={card} tab={open} />
                ))}
              <Older tab={open} cards={cards.filter((card) => card.older)} />
              {cards.length === 0 && (
                <EmptyState icon={ICONS[open]} title={texts.sessions.empty[open]![0]} compact>
                  {texts.sessions.empty[open]![1]}
                </EmptyState>
              )}
            </div>
          </div>
        )}
      </Tabs>
    </aside>
  );
}

/** On a phone a page that is opened is seen at once. */
function useClosedByNavigation(app: AppState) {
  const page = route.value;
  const seen = useRef(page);
  useEffect(() => {
    if (page !== seen.current && isPhone()) app.panel.value = null;
    seen.current = page;
  }, [page]);
}

/** The sessions of the tab that nobody closed for long, as many as are loaded. */
function Older({ tab, cards }: { tab: TabKey; cards: readonly SessionCard[] }) {
  const app = useApp();
  const [busy, setBusy] = useState(false);
  const status = STATUSES[tab];
  if (!status || cards.length === 0) return null;
  const more = async () => {
    setBusy(true);
    await app.store.moreOlder(status).catch((error: unknown) => toast(refusalText(error, texts.sessions.moreFailed), { tone: "danger" }));
    setBusy(false);
  };
  return (
    <>
      <h3 class="sessions__older">{texts.sessions.older(cards.length + notLoaded(app, tab))}</h3>
      {cards.map((card) => (
        <SessionCardView key={card.sessionId} card={card} tab={tab} />
      ))}
      {app.store.older.value[status].next && (
        <Button size="s" busy={busy} onClick={() => void more()}>
          {texts.sessions.moreOlder}
        </Button>
      )}
    </>
  );
}

function notLoaded({ store }: AppState, tab: TabKey): number {
  const status = STATUSES[tab];
  const older = status && store.older.value[status];
  return older ? Math.max(0, older.total - older.cards.length) : 0;
}

function TabSign({ icon: Sign, count, urgent, unread }: { icon: Icon; count: number; urgent: boolean; unread: number }) {
  return (
    <span class="sessions__sign">
      <Sign size={19} aria-hidden="true" />
      <Badge count={count} tone={urgent ? "danger" : "accent"} />
      {unread > 0 && (
        <span class="sessions__unread">
          <Badge count={unread} />
        </span>
      )}
    </span>
  );
}
