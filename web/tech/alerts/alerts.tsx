import { BellOff, X } from "lucide-preact";
import type { RefObject } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { Avatar, Button, Card, Chip, WaitCounter, toast } from "../../ui";
import { isolated, type Alert } from "../../wire/index.ts";
import { type AppState, useApp } from "../app_state";
import { presenceState, useOnScreen } from "../people";
import { usePhone } from "../phone";
import { busy, join } from "../sessions/acts";
import { AskedToTakeOver, TransferAnswers } from "../sessions/transfer";
import { choosePresence } from "../shell/top_bar";
import { texts } from "../texts";
import "./alerts.css";
import { MAX_SHOWN, longestWait, shownOf, sinceOf } from "./order";
import { Wait } from "./wait";

const t = texts.alerts;
// As in alerts.css: wider than the column, the region is a row of small cards.
const COLUMN = 300;
const CARD = 320;
const MORE = 90;

/** The alerts for this engineer (spec 5.1): newest first, at most four, the longest wait among them. The rest is under Waiting. On a phone
 * the session manager's open list covers the page above them. Those that were shown when it was opened are not shown twice. */
export function Alerts() {
  const app = useApp();
  const area = useRef<HTMLElement>(null);
  const fitting = useFitting(area);
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set());
  const isListed = useListed(app);
  const alerts = app.store.alerts.value.filter((alert) => !dismissed.has(alert.alertId ?? "") && !isListed(alert));
  const shown = shownOf(alerts, fitting);
  const longest = alerts.length > 1 ? longestWait(alerts) : undefined;
  const off = presenceOff(app);
  useOnScreen(shown.map((alert) => alert.customerId));

  // The card disappears at once. If the server refuses, it comes back with an error.
  const dismiss = (alert: Alert) => {
    const id = alert.alertId ?? "";
    setDismissed((ids) => new Set(ids).add(id));
    area.current?.focus(); // its button was removed
    app.store.dismissAlert(alert.sessionId ?? "").catch(() => {
      setDismissed((ids) => new Set([...ids].filter((other) => other !== id)));
      toast(t.dismissFailed, { tone: "danger", while: () => app.store.alerts.value.some(({ alertId }) => alertId === id) });
    });
  };
  // An alert that is withdrawn and raised again counts as a new one.
  const standing = app.store.alerts.value.map((alert) => alert.alertId).join();
  useEffect(() => setDismissed((ids) => new Set([...ids].filter((id) => standing.split(",").includes(id)))), [standing]);

  return (
    <section ref={area} class="alerts" tabIndex={-1} aria-label={t.region} data-empty={(alerts.length === 0 && !off) || undefined}>
      <div class="alerts__list">
        {off && <AlertsOff app={app} presence={off} />}
        {alerts.length === 0 && !off && <p class="alerts__none">{t.none}</p>}
        {shown.map((alert) => (
          <AlertCard key={alert.alertId} alert={alert} longest={alert === longest} app={app} onDismiss={() => dismiss(alert)} />
        ))}
        {alerts.length > shown.length && (
          <Button variant="ghost" size="s" class="alerts__more" onClick={() => (app.panel.value = "waiting")}>
            {t.more(alerts.length - shown.length)}
          </Button>
        )}
      </div>
    </section>
  );
}

/** Tells whether the open list of the session manager covers the page and has had the alert's session since it was opened. The session of a
 * new alert may be out of view in the list. */
function useListed({ panel, tabs, store }: AppState): (alert: Alert) => boolean {
  const phone = usePhone();
  const open = phone && panel.value;
  const before = useMemo(() => new Set(store.alerts.peek().map(({ alertId }) => alertId)), [open]);
  const listed = new Set(open ? tabs.value[open].map((card) => card.sessionId) : []);
  return ({ alertId, sessionId }) => before.has(alertId) && listed.has(sessionId);
}

/** How many cards fit: four in the column, two to four in the row. */
function useFitting(area: RefObject<HTMLElement | null>): number {
  const [fitting, setFitting] = useState(MAX_SHOWN);
  useEffect(() => {
    const measure = (width: number) => setFitting(width < COLUMN ? MAX_SHOWN : Math.max(2, Math.min(MAX_SHOWN, Math.floor((width - MORE) / CARD))));
    const observer = new ResizeObserver(([entry]) => measure(entry!.contentRect.width));
    observer.observe(area.current!);
    return () => observer.disconnect();
  }, []);
  return fitting;
}

function presenceOff({ store }: AppState): "away" | "busy" | undefined {
  const state = presenceState(store.presence.value?.presence);
  return state === "away" || state === "busy" ? state : undefined;
}

/** Away and Do Not Disturb show no alerts (spec 1.10). */
function AlertsOff({ app, presence }: { app: AppState; presence: "away" | "busy" }) {
  const waiting = app.tabs.value.waiting.length;
  return (
    <div class="alerts__off">
      <BellOff size={16} aria-hidden="true" />
      <p>{t.off[presence](waiting)}</p>
      <Button size="s" onClick={() => choosePresence(app, "PRESENCE_ONLINE")}>
        {t.goOnline}
      </Button>
    </div>
  );
}

interface AlertCardProps {
  alert: Alert;
  longest: boolean;
  app: AppState;
  onDismiss: () => void;
}

function AlertCard({ alert, longest, app, onDismiss }: AlertCardProps) {
  const { sessionId = "", title = "", customerId = "", customerName = "", companyName = "" } = alert;
  return (
    <Card name={title} class={longest ? "alert alert--longest" : "alert"} padded={false}>
      <Avatar id={customerId} name={customerName} presence={presenceState(app.store.presenceOf(customerId).value)} named />
      <p class="alert__names">
        <strong>
          <bdi>{customerName}</bdi>
        </strong>
        {companyName && <span> · <bdi>{companyName}</bdi></span>}
      </p>
      <p class="alert__wait">
        <Reason alert={alert} />
        {longest && <Chip>{t.longest}</Chip>}
      </p>
      <p class="alert__title" title={title} dir="auto">
        {title}
      </p>
      <div class="alert__acts">
        {alert.reason === "ALERT_REASON_TRANSFER" ? (
          <TransferAnswers app={app} sessionId={sessionId} wide />
        ) : (
          <>
            <Button variant="primary" size="s" wide busy={busy.value.has(sessionId)} onClick={() => void join(app, sessionId)}>
              {t.join}
            </Button>
            <Button size="s" wide label={t.dismiss} class="alert__dismiss" onClick={onDismiss}>
              <span class="alert__dismiss-text">{t.dismiss}</span>
              <X size={15} aria-hidden="true" />
            </Button>
          </>
        )}
      </div>
    </Card>
  );
}

function Reason({ alert }: { alert: Alert }) {
  const since = sinceOf(alert);
  if (alert.reason === "ALERT_REASON_TRANSFER") return <AskedToTakeOver by={alert.invitedByName ?? ""} until={alert.expiresAt ?? ""} />;
  if (alert.reason === "ALERT_REASON_INVITED") {
    return (
      <span>
        {t.invited(alert.invitedByName ? isolated(alert.invitedByName) : "")} <WaitCounter since={since} />
      </span>
    );
  }
  return <Wait label={alert.reason === "ALERT_REASON_UNATTENDED" ? t.unattended : t.waits} since={since} />;
}
