import { CircleCheck, CircleX, Clock, RotateCw } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { Button, Chip, Dialog, EmptyState, ErrorState, Skeleton, Time, serverNow, settled, shortMoment, toast } from "../../ui";
import type { Webhook, WebhookEvent } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { refusalText } from "../refusal";
import { webhookTexts } from "./webhook_texts";

const t = webhookTexts.deliveries;
const REFRESHED_MS = 3_000;
const SIGNS = {
  WEBHOOK_EVENT_STATE_UNSPECIFIED: [Clock, "neutral"],
  WEBHOOK_EVENT_STATE_QUEUED: [Clock, "accent"],
  WEBHOOK_EVENT_STATE_DELIVERED: [CircleCheck, "ok"],
  WEBHOOK_EVENT_STATE_DEAD: [CircleX, "danger"],
} as const;

/** What was sent to a webhook, newest first. Dead events can be replayed. */
export function WebhookLog({ webhook: { webhookId = "", url = "" }, onClose }: { webhook: Webhook; onClose: () => void }) {
  const { store } = useApp();
  const [events, setEvents] = useState<WebhookEvent[] | null>(null);
  const [older, setOlder] = useState("");
  const [failed, setFailed] = useState(false);
  const [busy, setBusy] = useState(false);
  const about = `replay:${webhookId}`;
  // A refresh replaces the newest page and keeps the older ones.
  const load = async (page = "") => {
    try {
      const { events: found = [], nextPageToken = "" } = await store.webhooks.events(webhookId, page);
      setFailed(false);
      setEvents((before) => {
        const ids = new Set(found.map((event) => event.eventId));
        const others = (before ?? []).filter((event) => !ids.has(event.eventId));
        return page ? [...(before ?? []).filter((event) => !ids.has(event.eventId)), ...found] : [...found, ...others];
      });
      if (page || !events || events.length <= found.length) setOlder(nextPageToken);
    } catch {
      setFailed(true);
    }
  };
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    const refresh = () => document.hidden || void latest.current();
    refresh();
    const timer = setInterval(refresh, REFRESHED_MS);
    return () => clearInterval(timer);
  }, []);
  const replay = async (ids?: string[]) => {
    if (busy) return;
    setBusy(true);
    try {
      toast(t.replayed(await store.webhooks.replay(webhookId, ids)));
      settled(about);
      const isReplayed = (event: WebhookEvent) => event.state === "WEBHOOK_EVENT_STATE_DEAD" && (!ids || ids.includes(event.eventId ?? ""));
      setEvents((before) => (before ?? []).map((event) => (isReplayed(event) ? { ...event, state: "WEBHOOK_EVENT_STATE_QUEUED" } : event)));
      await load();
    } catch (error) {
      toast(refusalText(error, t.replayFailed), { tone: "danger", about });
    }
    setBusy(false);
  };
  const dead = events?.some((event) => event.state === "WEBHOOK_EVENT_STATE_DEAD");
  return (
    <Dialog
      title={t.title}
      text={<span dir="ltr">{url}</span>}
      size="l"
      onClose={onClose}
      footer={
        <>
          {dead && (
            <Button icon={RotateCw} busy={busy} onClick={() => void replay()}>
              {t.replayAll}
            </Button>
          )}
          <Button variant="primary" autofocus onClick={onClose}>
            {t.close}
          </Button>
        </>
      }
    >
      {!events && !failed && <Skeleton label={t.loading} rows={4} />}
      {!events && failed && <ErrorState compact title={t.failed} onRetry={() => void load()} />}
      {events?.length === 0 && (
        <EmptyState compact title={t.none}>
          {t.noneText}
        </EmptyState>
      )}
      {events && events.length > 0 && (
        <ol class="webhooks__log" aria-label={t.list}>
          {events.map((event) => (
            <Delivery key={event.eventId} event={event} busy={busy} onReplay={() => void replay([event.eventId ?? ""])} />
          ))}
        </ol>
      )}
      {older && (
        <div>
          <Button size="s" onClick={() => void load(older)}>
            {t.more}
          </Button>
        </div>
      )}
    </Dialog>
  );
}

function Delivery({ event, busy, onReplay }: { event: WebhookEvent; busy: boolean; onReplay: () => void }) {
  const { type = "WEBHOOK_EVENT_TYPE_UNSPECIFIED", sessionId, title, customerName, state = "WEBHOOK_EVENT_STATE_UNSPECIFIED", at = "", tries = 0, triedAt, status = 0, failure, nextTryAt } = event;
  const [sign, tone] = SIGNS[state];
  const what = webhookTexts.events[type] ?? "";
  const facts = [t.tries(tries), failure ? failure : status ? t.status(status) : "", nextTryAt ? t.next(shortMoment(nextTryAt, serverNow())) : ""];
  return (
    <li class="webhooks__delivery">
      <span class="webhooks__what">
        <Chip tone={tone} icon={sign}>
          {t.states[state]}
        </Chip>
        <span class="webhooks__event">{what}</span>
        <Time at={triedAt ?? at} />
      </span>
      <span class="webhooks__facts">{facts.filter(Boolean).join(" · ")}</span>
      {title ? (
        <span class="webhooks__facts" title={t.session(sessionId ?? "")}>
          <span class="webhooks__title" dir="auto">{title}</span>
          <span dir="auto">{customerName}</span>
        </span>
      ) : (
        sessionId && <span class="webhooks__facts">{t.session(sessionId)}</span>
      )}
      {state === "WEBHOOK_EVENT_STATE_DEAD" && (
        <Button size="s" icon={RotateCw} busy={busy} label={t.replayOf(what, shortMoment(at, serverNow()))} onClick={onReplay}>
          {t.replay}
        </Button>
      )}
    </li>
  );
}
