import { MessageSquare, PhoneCall, TicketPlus } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { Banner, Button, Card, ErrorState, TextArea, classes, settled, toast } from "../../ui";
import { excess, isBlank, type SupportState, tidied } from "../../wire";
import { showChat } from "../chat/windows";
import { sentence } from "../load";
import { go, paths } from "../router";
import { useStore } from "../store_context";
import { texts } from "../texts";
import { beginTicket } from "../tickets/new_ticket";
import { ButtonToCome } from "./button_to_come";
import { CallbackDialog } from "./callback_dialog";
import { Callbacks } from "./callbacks";
import { draftKey, useWanted } from "./new_chat";
import { supportSummary, useSupport, whenOf } from "./support_state";
import "./support.css";

const t = texts.request;
const MAX_CHARS = 4_000;
const MAX_NOTE = 1_000;
const DRAFT_KEY = draftKey();

export function SupportPage() {
  const store = useStore();
  const support = useSupport();
  const { active } = support;
  const activeId = active?.id ?? "";
  const [text, setText] = useState(() => store.draft(DRAFT_KEY));
  useEffect(() => store.onDraft(DRAFT_KEY, setText), []);
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const [calling, setCalling] = useState(false);
  // A waiting chat can become a call-back; a handled one needs none.
  const mayCallBack = support.value?.mayCallBack && (!active || active.card?.status === "CHAT_STATUS_WAITING");

  const write = (next: string): void => {
    setText(next);
    store.saveDraft(DRAFT_KEY, next);
    setWrong("");
  };
  const start = async (): Promise<void> => {
    if (isBlank(text)) return setWrong(t.blank);
    if (excess(tidied(text), MAX_CHARS)) return;
    setBusy(true);
    try {
      const { sessionId, opened } = await store.requestChat({ text: tidied(text) });
      if (!opened) {
        store.addToDraft(sessionId, tidied(text));
        toast(t.cameBack);
      }
      settled("start");
      write("");
      showChat(sessionId);
    } catch (error) {
      toast(sentence(error), { tone: "danger", about: "start" });
      support.reload();
    } finally {
      setBusy(false);
    }
  };
  const askTicket = (): void => {
    beginTicket(store, tidied(text));
    go(paths.newTicket);
  };
  const archived = support.value?.whyNot === "archived";
  const form = useRef<HTMLDivElement>(null);
  useWanted("", true, () => {
    write(store.draft(DRAFT_KEY));
    form.current?.querySelector("textarea")?.focus();
  });

  return (
    <div class="request" ref={form}>
      <div class="request__head">
        <h1 class="page__title">{t.title}</h1>
        <StateOf state={support.value} />
      </div>
      <Card class="request__card">
        <TextArea label={t.box} hint={t.hint} placeholder={t.placeholder} rows={4} maxLength={MAX_CHARS} value={text} error={wrong || undefined} onInput={write} class="request__box" />
        {activeId && (
          <Banner tone="accent" icon={MessageSquare} actions={<Button size="s" onClick={() => showChat(activeId)}>{t.goToChat}</Button>}>
            {t.active}
          </Banner>
        )}
        {support.value?.whyNot === "permission" && <p class="request__why">{t.notAllowed}</p>}
        {archived && <p class="request__why">{t.archived}</p>}
        <div class="request__buttons">
          {support.value ? (
            <StartChat state={support.value} active={activeId} busy={busy} onStart={() => void start()} />
          ) : (
            !support.error && <ButtonToCome />
          )}
          {mayCallBack && (
            <Button size="l" icon={PhoneCall} onClick={() => setCalling(true)}>
              {t.callBack}
            </Button>
          )}
          {!archived && (
            <Button size="l" icon={TicketPlus} onClick={askTicket}>
              {t.createTicket}
            </Button>
          )}
        </div>
        {support.error && !support.value && (
          <ErrorState compact title={t.failedState} onRetry={support.reload}>
            {sentence(support.error)}
          </ErrorState>
        )}
      </Card>
      <Callbacks />
      {calling && <AskCallback text={tidied(text)} sessionId={activeId} onClose={() => setCalling(false)} onTaken={() => write("")} />}
    </div>
  );
}

/** A new call-back begins with the typed text. For a waiting chat that becomes one, the text is the note, if it fits. */
function AskCallback({ text, sessionId, onClose, onTaken }: { text: string; sessionId: string; onClose: () => void; onTaken: () => void }) {
  if (!sessionId) return <CallbackDialog text={text} onClose={onClose} onDone={onTaken} />;
  const note = excess(text, MAX_NOTE) ? "" : text;
  return <CallbackDialog sessionId={sessionId} note={note} onClose={onClose} onDone={(sent) => sent.includes(text) && onTaken()} />;
}

function StartChat({ state, active, busy, onStart }: { state: SupportState; active: string; busy: boolean; onStart: () => void }) {
  // No control where chat is off for this customer (spec 2.8), or the company is archived.
  if (state.whyNot === "permission" || state.whyNot === "archived") return null;
  const why = active ? t.activeHint : state.whyNot === "hours" ? t.hoursHint(state.changesAt ? whenOf(state.changesAt) : "") : undefined;
  return (
    <Button size="l" variant="primary" icon={MessageSquare} busy={busy} disabled={Boolean(why)} hint={why} onClick={onStart}>
      {t.startChat}
    </Button>
  );
}

function StateOf({ state }: { state: SupportState | null }) {
  if (!state) return null;
  return (
    <p class={classes("request__state", state.open ? "request__state--open" : "request__state--closed")}>
      <span class="request__sign" aria-hidden="true" />
      {supportSummary(state)}
    </p>
  );
}
