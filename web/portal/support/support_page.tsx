import { MessageSquare, PhoneCall, TicketPlus } from "lucide-preact";
import { useState } from "preact/hooks";

import { Banner, Button, Card, Chip, ErrorState, RelativeTime, TextArea, classes, toast } from "../../ui";
import type { SupportState } from "../../wire";
import { showChat } from "../chat/windows";
import { sentence, useLoad } from "../load";
import { go, paths } from "../router";
import { useStore } from "../store_context";
import { texts } from "../texts";
import { startOfTicket } from "../tickets/new_ticket";
import { CallbackDialog } from "./callback_dialog";
import { useActiveChat } from "./mine";
import { supportLine } from "./state_words";
import "./support.css";

const words = texts.request;
const MAX_CHARS = 4_000;

export function SupportPage() {
  const store = useStore();
  const active = useActiveChat().value;
  const support = useLoad(`support:${active?.sessionId ?? ""}`, () => store.support());
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const [calling, setCalling] = useState(false);
  const activeId = active?.sessionId ?? support.value?.activeSessionId ?? "";
  // Who waits in a chat turns it into a call-back; who talks already needs none.
  const mayCallBack = support.value?.mayCallBack && (!activeId || active?.status === "CHAT_STATUS_WAITING");

  const write = (next: string): void => {
    setText(next);
    setWrong([...next].length > MAX_CHARS ? words.tooLong(MAX_CHARS) : "");
  };
  const start = async (): Promise<void> => {
    if (!text.trim()) return setWrong(words.blank);
    if (wrong) return;
    setBusy(true);
    try {
      const { sessionId, opened } = await store.requestChat(text.trim());
      if (!opened) {
        store.saveDraft(sessionId, text.trim());
        toast(words.cameBack);
      }
      setText("");
      showChat(sessionId);
    } catch (error) {
      toast(sentence(error), { tone: "danger" });
      support.reload();
    } finally {
      setBusy(false);
    }
  };
  const askTicket = (): void => {
    startOfTicket.value = text.trim();
    go(paths.newTicket);
  };

  return (
    <div class="request">
      <div class="request__head">
        <h1 class="page__title">{words.title}</h1>
        <StateOf state={support.value} />
      </div>
      <Card class="request__card">
        <TextArea label={words.box} hint={words.hint} placeholder={words.placeholder} rows={4} value={text} error={wrong || undefined} onInput={write} class="request__box" />
        {activeId && (
          <Banner tone="accent" icon={MessageSquare} actions={<Button size="s" onClick={() => showChat(activeId)}>{words.goToChat}</Button>}>
            {words.active}
          </Banner>
        )}
        {support.value?.whyNot === "permission" && <p class="request__why">{words.notAllowed}</p>}
        <div class="request__buttons">
          <StartChat state={support.value} active={activeId} busy={busy} onStart={() => void start()} />
          {mayCallBack && (
            <Button size="l" icon={PhoneCall} onClick={() => setCalling(true)}>
              {words.callBack}
            </Button>
          )}
          <Button size="l" icon={TicketPlus} onClick={askTicket}>
            {words.createTicket}
          </Button>
        </div>
        {support.error && !support.value && (
          <ErrorState compact title={words.failedState} onRetry={support.reload}>
            {sentence(support.error)}
          </ErrorState>
        )}
      </Card>
      <Callbacks />
      {calling && <CallbackDialog text={text.trim()} sessionId={active?.sessionId} onClose={() => setCalling(false)} onDone={() => setText("")} />}
    </div>
  );
}

function StartChat({ state, active, busy, onStart }: { state: SupportState | null; active: string; busy: boolean; onStart: () => void }) {
  // No control for whom chat is switched off (spec 2.8); until it is known, none that might vanish under the finger.
  if (state?.whyNot === "permission") return null;
  const why = active ? words.activeHint : state && !state.mayChat ? words.hoursHint : undefined;
  return (
    <Button size="l" variant="primary" icon={MessageSquare} busy={busy} disabled={Boolean(why)} hint={why} onClick={onStart}>
      {words.startChat}
    </Button>
  );
}

function StateOf({ state }: { state: SupportState | null }) {
  if (!state) return null;
  return (
    <p class={classes("request__state", state.open ? "request__state--open" : "request__state--closed")}>
      <span class="request__sign" aria-hidden="true" />
      {supportLine(state)}
    </p>
  );
}

/** What was asked for and is still to come: nobody should wonder whether the request arrived. */
function Callbacks() {
  const store = useStore();
  const me = store.me.value?.person?.id;
  const asked = [...store.cards.value.values()].filter((card) => card.status === "CHAT_STATUS_CALLBACK" && card.customer?.id === me);
  if (asked.length === 0) return null;
  return (
    <section class="request__callbacks" aria-label={words.callbacks}>
      <h2>{words.callbacks}</h2>
      {asked.map((card) => (
        <Card key={card.sessionId} name={card.title}>
          <p class="request__callback-title">{card.title}</p>
          <p class="request__callback-facts">
            <Chip tone="accent" icon={PhoneCall}>
              {card.callback?.phone ? words.callbackPhone(card.callback.phone) : words.callbackChat}
            </Chip>
            <span>
              {words.callbackAt} <RelativeTime at={card.modifiedAt ?? card.openedAt ?? ""} />
            </span>
          </p>
        </Card>
      ))}
    </section>
  );
}
