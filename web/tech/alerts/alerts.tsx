import { useEffect, useState } from "preact/hooks";

import { Avatar, Button, Card, WaitCounter, toast } from "../../ui";
import type { Alert } from "../../wire/index.ts";
import { type Desk, useDesk } from "../desk";
import { presenceState, useOnScreen } from "../people";
import { busy, join } from "../sessions/acts";
import { texts } from "../texts";
import "./alerts.css";

const SHOWN = 4;

/** The alerts for this engineer (spec 5.1): newest on top, at most four. The rest is under Waiting. */
export function Alerts() {
  const desk = useDesk();
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set());
  const alerts = desk.store.alerts.value.filter((alert) => !dismissed.has(alert.alertId ?? ""));
  const shown = alerts.slice(0, SHOWN);
  useOnScreen(shown.map((alert) => alert.customerId));

  // The card disappears at once. If the server refuses, it comes back with an error.
  const dismiss = (alert: Alert) => {
    const id = alert.alertId ?? "";
    setDismissed((ids) => new Set(ids).add(id));
    desk.store.dismissAlert(alert.sessionId ?? "").catch(() => {
      setDismissed((ids) => new Set([...ids].filter((other) => other !== id)));
      toast(texts.alerts.dismissFailed, { tone: "danger" });
    });
  };
  // An alert that is withdrawn and raised again counts as a new one.
  const standing = desk.store.alerts.value.map((alert) => alert.alertId).join();
  useEffect(() => setDismissed((ids) => new Set([...ids].filter((id) => standing.split(",").includes(id)))), [standing]);

  return (
    <section class="alerts" aria-label={texts.alerts.region} data-empty={alerts.length === 0 || undefined}>
      {shown.map((alert) => (
        <AlertCard key={alert.alertId} alert={alert} desk={desk} onDismiss={() => dismiss(alert)} />
      ))}
      {alerts.length > SHOWN && (
        <Button variant="ghost" size="s" onClick={() => (desk.panel.value = "waiting")}>
          {texts.alerts.more(alerts.length - SHOWN)}
        </Button>
      )}
    </section>
  );
}

function AlertCard({ alert, desk, onDismiss }: { alert: Alert; desk: Desk; onDismiss: () => void }) {
  const { sessionId = "", title = "", customerId = "", customerName = "", companyName = "" } = alert;
  return (
    <Card name={title} class="alert" padded={false}>
      <div class="alert__who">
        <Avatar id={customerId} name={customerName} presence={presenceState(desk.store.presenceOf(customerId).value)} named />
        <p class="alert__names">
          <strong>
            <bdi>{customerName}</bdi>
          </strong>
          {companyName && <span> · {companyName}</span>}
          <span class="alert__wait">
            {reasonOf(alert)} <WaitCounter since={alert.waitingSince ?? alert.raisedAt ?? ""} />
          </span>
        </p>
      </div>
      <p class="alert__title" title={title} dir="auto">
        {title}
      </p>
      <div class="alert__acts">
        <Button variant="primary" size="s" wide busy={busy.value.has(sessionId)} onClick={() => void join(desk, sessionId)}>
          {texts.alerts.join}
        </Button>
        <Button size="s" wide onClick={onDismiss}>
          {texts.alerts.dismiss}
        </Button>
      </div>
    </Card>
  );
}

function reasonOf(alert: Alert): string {
  if (alert.reason === "ALERT_REASON_UNATTENDED") return texts.alerts.unattended;
  if (alert.reason === "ALERT_REASON_INVITED") return texts.alerts.invited;
  return texts.alerts.waits;
}
