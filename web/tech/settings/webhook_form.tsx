import { Copy } from "lucide-preact";
import { useState } from "preact/hooks";

import { Banner, Button, Dialog, Field, Switch, announce, toast } from "../../ui";
import { FormDraft, Refused, type Webhook, type WebhookEventType } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { isSubmit } from "../keys";
import { refusalText } from "../refusal";
import { webhookTexts } from "./webhook_texts";

const t = webhookTexts.form;
const MAX_URL = 1000;
const CREATED = "WEBHOOK_EVENT_TYPE_SESSION_CREATED";
const CHANGED = "WEBHOOK_EVENT_TYPE_SESSION_STATUS_CHANGED";

/** Adds a webhook, or edits `webhook`. After an addition it shows the secret. */
export function WebhookForm({ webhook, onClose }: { webhook?: Webhook; onClose: () => void }) {
  const { store } = useApp();
  const { webhookId = "", url: before = "", events: chosen = [CREATED, CHANGED], enabled = true } = webhook ?? {};
  const [draft] = useState(
    () => new FormDraft(store, `webhook:${webhookId || "new"}`, { url: before, created: chosen.includes(CREATED), changed: chosen.includes(CHANGED) }),
  );
  const { url, created, changed } = draft.values;
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState({ field: "", text: "" });
  const [secret, setSecret] = useState("");
  const events = [created && CREATED, changed && CHANGED].filter(Boolean) as WebhookEventType[];
  const urlMissing = !/^https?:\/\/\S/i.test(url.trim());
  const set = (part: Partial<typeof draft.values>) => {
    draft.set(part);
    setRefused({ field: "", text: "" });
  };
  const save = async () => {
    setTried(true);
    if (urlMissing || !events.length || url.length > MAX_URL || busy) return;
    setBusy(true);
    try {
      if (webhook) await store.webhooks.update(webhookId, { url: url.trim(), events, enabled });
      else setSecret((await store.webhooks.create({ url: url.trim(), events }, draft.commandId)).secret ?? "");
      draft.clear();
      if (webhook) onClose();
    } catch (error) {
      setRefused({ field: error instanceof Refused ? error.field : "", text: refusalText(error, t.failed) });
    }
    setBusy(false);
  };
  if (secret) return <Secret secret={secret} onClose={onClose} />;
  const eventsWrong = refused.field === "events" ? refused.text : tried && !events.length ? t.eventsMissing : "";
  return (
    <Dialog
      title={webhook ? t.editTitle : t.addTitle}
      onClose={onClose}
      onKeyDown={(event) => isSubmit(event) && void save()}
      footer={
        <>
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button variant="primary" busy={busy} onClick={() => void save()}>
            {webhook ? t.save : t.add}
          </Button>
        </>
      }
    >
      <Field
        label={t.url}
        hint={t.urlHint}
        value={url}
        onInput={(value) => set({ url: value })}
        onKeyDown={(event) => event.key === "Enter" && !event.isComposing && void save()}
        maxLength={MAX_URL}
        error={refused.field === "url" ? refused.text : tried && urlMissing ? t.urlMissing : undefined}
        autofocus
        required
      />
      <div role="group" aria-label={t.events} class="webhooks__events">
        <Switch label={webhookTexts.events[CREATED] ?? ""} checked={created} onChange={(on) => set({ created: on })} />
        <Switch label={webhookTexts.events[CHANGED] ?? ""} checked={changed} onChange={(on) => set({ changed: on })} />
        {eventsWrong && (
          <p class="field__error" role="alert">
            {eventsWrong}
          </p>
        )}
      </div>
      {refused.text && refused.field !== "url" && refused.field !== "events" && (
        <div role="alert">
          <Banner tone="danger">{refused.text}</Banner>
        </div>
      )}
    </Dialog>
  );
}

function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(secret);
      toast(t.copied);
      announce(t.copied);
    } catch {
      // Browsers offer the clipboard only in secure contexts.
      toast(t.copyFailed, { tone: "danger" });
    }
  };
  return (
    <Dialog
      title={t.secretTitle}
      text={t.secretText}
      onClose={onClose}
      footer={
        <Button variant="primary" onClick={onClose}>
          {t.done}
        </Button>
      }
    >
      <div class="webhooks__secret">
        <label class="field">
          <span class="field__label">{t.secret}</span>
          <input class="field__input" readOnly dir="ltr" value={secret} onFocus={(event) => event.currentTarget.select()} />
        </label>
        <Button icon={Copy} onClick={() => void copy()} autofocus>
          {t.copy}
        </Button>
      </div>
    </Dialog>
  );
}
