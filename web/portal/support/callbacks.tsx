import { PhoneCall } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";

import { AlertDialog, Button, Card, Chip, RelativeTime, serverNow, shortMoment, toast } from "../../ui";
import { type SessionCard, shownPhone } from "../../wire";
import { showChat } from "../chat/windows";
import { sentence } from "../load";
import { useStore } from "../store_context";
import { texts } from "../texts";
import { CallbackDialog } from "./callback_dialog";

const t = texts.request;

/** The customer's open call-back requests. Each can be changed and cancelled (spec 4.14). */
export function Callbacks() {
  const store = useStore();
  const [cancelling, setCancelling] = useState("");
  const [changing, setChanging] = useState("");
  const me = store.me.value?.person?.id;
  const asked = [...store.cards.value.values()].filter((card) => card.status === "CHAT_STATUS_CALLBACK" && card.customer?.id === me);
  const more = () => void store.moreOlder("CHAT_STATUS_CALLBACK").catch((error: unknown) => toast(sentence(error), { tone: "danger" }));
  const changed = asked.find((card) => card.sessionId === changing);
  const gone = [cancelling, changing].some((id) => id && !asked.some((card) => card.sessionId === id));
  useEffect(() => {
    if (!gone) return;
    setCancelling("");
    setChanging("");
    // The card with the button that had the focus is gone.
    document.getElementById("main")?.focus({ preventScroll: true });
  }, [gone]);
  if (asked.length === 0) return null;
  return (
    <section class="request__callbacks" aria-label={t.callbacks}>
      <h2>{t.callbacks}</h2>
      {asked.map(({ sessionId = "", title, callback, callbackTried, closedAt, openedAt }) => (
        <Card key={sessionId} name={title}>
          <p class="request__callback-title" dir="auto">{title}</p>
          <p class="request__callback-facts">
            <Chip tone="accent" icon={PhoneCall}>
              {callback?.phone ? t.callbackPhone(shownPhone(callback)) : t.callbackChat}
            </Chip>
            {callback?.unconfirmed && <span class="request__unconfirmed">{texts.callback.unconfirmed}</span>}
            <span>
              {t.callbackAt} <RelativeTime at={closedAt ?? openedAt ?? ""} />
            </span>
            {callbackTried?.at && <span>{triedText(callbackTried)}</span>}
            <span class="request__callback-actions">
              <Button size="s" variant="ghost" onClick={() => setChanging(sessionId)}>
                {t.changeCallback}
              </Button>
              <Button size="s" variant="ghost" onClick={() => setCancelling(sessionId)}>
                {t.cancelCallback}
              </Button>
              <Button size="s" variant="ghost" onClick={() => showChat(sessionId)}>
                {texts.ticket.openChat}
              </Button>
            </span>
          </p>
        </Card>
      ))}
      {store.older.value.CHAT_STATUS_CALLBACK.next && <Button onClick={more}>{t.moreCallbacks}</Button>}
      {changed && <CallbackDialog key={changing} sessionId={changing} wish={changed.callback ?? {}} onClose={() => setChanging("")} />}
      {cancelling && !gone && <CancelDialog sessionId={cancelling} onClose={() => setCancelling("")} />}
    </section>
  );
}

function triedText({ at = "", nextCallAt, due }: NonNullable<SessionCard["callbackTried"]>): string {
  return t.tried(shortMoment(at, serverNow()), nextCallAt && !due ? shortMoment(nextCallAt, serverNow()) : "");
}

function CancelDialog({ sessionId, onClose }: { sessionId: string; onClose: () => void }) {
  const store = useStore();
  const [busy, setBusy] = useState(false);
  const cancel = async (): Promise<void> => {
    setBusy(true);
    try {
      await store.cancelCallback(sessionId);
      toast(texts.callback.cancelled);
    } catch (error) {
      toast(sentence(error), { tone: "danger" });
    }
    onClose();
  };
  const footer = (
    <>
      <Button size="l" autofocus disabled={busy} onClick={onClose}>
        {texts.callback.keepIt}
      </Button>
      <Button size="l" variant="danger" busy={busy} onClick={() => void cancel()}>
        {texts.callback.cancelIt}
      </Button>
    </>
  );
  return <AlertDialog title={texts.callback.cancelTitle} text={texts.callback.cancelText} footer={footer} onClose={busy ? undefined : onClose} />;
}
