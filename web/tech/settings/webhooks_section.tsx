import { CircleAlert, CircleCheck, CirclePause, CircleSlash, Pencil, Plus, RotateCw, ScrollText, Send, Trash2 } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";

import { Button, Chip, EmptyState, ErrorState, IconButton, Skeleton, Switch, shortMoment, serverNow, toMs, toast } from "../../ui";
import { Section } from "../../ui/surface/section";
import type { Webhook } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { tryChange } from "../refusal";
import { Removal } from "./removal";
import { WebhookForm } from "./webhook_form";
import { WebhookLog } from "./webhook_log";
import { webhookTexts as t } from "./webhook_texts";
import "./webhooks.css";

const REFRESHED_MS = 10_000;
type Open = { what: "add" } | { what: "edit" | "log" | "remove"; webhook: Webhook };

/** The desk's webhooks (spec 5.13). Each change applies at once. */
export function Webhooks() {
  const { store } = useApp();
  const [webhooks, setWebhooks] = useState<readonly Webhook[] | null>(null);
  const [failed, setFailed] = useState(false);
  const [open, setOpen] = useState<Open | null>(null);
  const load = () =>
    store.webhooks.list().then(
      (found) => {
        setWebhooks(found);
        setFailed(false);
      },
      () => setFailed(true),
    );
  useEffect(() => {
    void load();
    const timer = setInterval(() => document.hidden || void load(), REFRESHED_MS);
    return () => clearInterval(timer);
  }, [store.starts.value]);
  const close = () => {
    setOpen(null);
    void load();
  };
  const remove = async ({ webhookId = "" }: Webhook) => {
    if (await tryChange(`webhook:${webhookId}`, () => store.webhooks.remove(webhookId), t.changeFailed)) await load();
  };
  return (
    <Section title={t.title} lead={t.lead}>
      {!webhooks && !failed && <Skeleton label={t.loading} rows={2} />}
      {!webhooks && failed && <ErrorState compact title={t.failed} onRetry={() => void load()} />}
      {webhooks?.length === 0 && (
        <EmptyState compact title={t.none}>
          {t.noneText}
        </EmptyState>
      )}
      {webhooks && webhooks.length > 0 && (
        <ul class="webhooks" aria-label={t.list}>
          {webhooks.map((webhook) => (
            <Row key={webhook.webhookId} webhook={webhook} onChange={load} onOpen={(what) => setOpen({ what, webhook })} />
          ))}
        </ul>
      )}
      {/* One button before and after the first webhook, because the focus returns to it. */}
      {webhooks && (
        <div>
          <Button size="s" icon={Plus} onClick={() => setOpen({ what: "add" })}>
            {t.add}
          </Button>
        </div>
      )}
      {open?.what === "add" && <WebhookForm onClose={close} />}
      {open?.what === "edit" && <WebhookForm webhook={open.webhook} onClose={close} />}
      {open?.what === "log" && <WebhookLog webhook={open.webhook} onClose={close} />}
      {open?.what === "remove" && (
        <Removal texts={{ ...t.removal, text: t.removal.text(open.webhook.url ?? "") }} remove={() => remove(open.webhook)} onClose={close} />
      )}
    </Section>
  );
}

function Row({ webhook, onChange, onOpen }: { webhook: Webhook; onChange: () => Promise<void>; onOpen: (what: "edit" | "log" | "remove") => void }) {
  const { store } = useApp();
  const { webhookId = "", url = "", events = [], enabled = false, pausedUntil, queued = 0, dead = 0 } = webhook;
  const [busy, setBusy] = useState(false);
  const act = async (action: () => Promise<void>, done = "") => {
    if (busy) return;
    setBusy(true);
    if ((await tryChange(`webhook:${webhookId}`, action, t.changeFailed)) && done) toast(done);
    await onChange();
    setBusy(false);
  };
  const turn = (on: boolean) => act(() => store.webhooks.update(webhookId, { url, events, enabled: on }));
  return (
    <li class="webhooks__one">
      <div class="webhooks__head">
        <span class="webhooks__url" dir="ltr">
          {url}
        </span>
        <Switch label={t.on(url)} checked={enabled} disabled={busy} onChange={(on) => void turn(on)} />
      </div>
      <p class="webhooks__state">
        <State webhook={webhook} />
        {events.map((event) => (
          <Chip key={event}>{t.events[event]}</Chip>
        ))}
        {queued > 0 && <Chip tone="accent">{t.waiting(queued)}</Chip>}
        {dead > 0 && <Chip tone="danger">{t.dead(dead)}</Chip>}
      </p>
      <div class="webhooks__acts">
        {enabled && pausedUntil && (
          <Button size="s" icon={RotateCw} label={t.resumeOf(url)} busy={busy} onClick={() => void turn(true)}>
            {t.resume}
          </Button>
        )}
        <Button size="s" icon={Send} label={t.testOf(url)} disabled={!enabled} hint={enabled ? undefined : t.offHint} busy={busy} onClick={() => void act(() => store.webhooks.test(webhookId), t.tested)}>
          {t.test}
        </Button>
        <Button size="s" icon={ScrollText} label={t.logOf(url)} onClick={() => onOpen("log")}>
          {t.log}
        </Button>
        <IconButton size="s" icon={Pencil} label={t.editOf(url)} onClick={() => onOpen("edit")} />
        <IconButton size="s" icon={Trash2} label={t.removeOf(url)} onClick={() => onOpen("remove")} />
      </div>
    </li>
  );
}

/** Whether events reach the endpoint, in webhookTexts. */
function State({ webhook: { enabled, pausedUntil, failedAt, deliveredAt, failure = "", queued = 0 } }: { webhook: Webhook }) {
  if (!enabled) return <Chip icon={CircleSlash}>{t.off}</Chip>;
  if (pausedUntil) {
    const text = t.paused(shortMoment(pausedUntil, serverNow()), failure);
    return (
      <Chip tone="warn" icon={CirclePause} title={text}>
        {text}
      </Chip>
    );
  }
  if (failedAt && (!deliveredAt || toMs(failedAt) > toMs(deliveredAt))) {
    const text = queued ? t.retrying(failure) : t.failing(failure);
    return (
      <Chip tone="warn" icon={queued ? RotateCw : CircleAlert} title={text}>
        {text}
      </Chip>
    );
  }
  return (
    <Chip tone="ok" icon={CircleCheck}>
      {t.delivering}
    </Chip>
  );
}
