import { ChevronsRight, CircleAlert, Hourglass, MessagesSquare, PhoneCall } from "lucide-preact";
import { useEffect, useRef } from "preact/hooks";

import { Badge, EmptyState, IconButton, Tabs, classes, type Icon } from "../../ui";
import { type AppState, useApp } from "../app_state";
import { useOnScreen } from "../people";
import { route } from "../router";
import { texts } from "../texts";
import { arrivedTab } from "./arrivals";
import { SessionCardView } from "./card";
import "./manager.css";
import { TAB_KEYS, type TabKey } from "./tabs";

// As in manager.css: the panel of a phone covers the page.
const PHONE = "(max-width: 719px)";
const ICONS: Record<TabKey, Icon> = { mine: MessagesSquare, waiting: Hourglass, abandoned: CircleAlert, callbacks: PhoneCall };

/** The session manager (spec 6): four counts and the cards behind them. */
export function SessionManager() {
  const app = useApp();
  const open = app.panel.value;
  const tabs = app.tabs.value;
  useClosedByNavigation(app);
  const unreadIn = (key: TabKey): number => (key === "mine" ? app.store.unread.value : 0);
  const arrivedIn = (key: TabKey): number => tabs[key].filter((card) => arrivedTab(card) === key && app.arrived.value.has(card.sessionId ?? "")).length;
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
          name: texts.sessions.tabName(texts.sessions.tabs[key], tabs[key].length, unreadIn(key), arrivedIn(key)),
          label: <TabSign icon={ICONS[key]} count={tabs[key].length} urgent={key === "waiting" || arrivedIn(key) > 0} unread={unreadIn(key)} />,
        }))}
      >
        {open && (
          <div class="sessions__panel">
            <header class="sessions__head">
              <h2>{texts.sessions.tabs[open]}</h2>
              <IconButton icon={ChevronsRight} label={texts.sessions.collapse} size="s" onClick={() => (app.panel.value = null)} />
            </header>
            <div class="sessions__cards">
              {cards.map((card) => (
                <SessionCardView key={card.sessionId} card={card} tab={open} />
              ))}
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
    if (page !== seen.current && matchMedia(PHONE).matches) app.panel.value = null;
    seen.current = page;
  }, [page]);
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
