import { MessageSquare } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { AlertDialog, Avatar, Banner, Button, toast, usePause } from "../../ui";
import { fileTexts } from "../../ui/files/texts";
import { isolated, type SessionCard } from "../../wire";
import { sentence } from "../load";
import { CallbackDialog } from "../support/callback_dialog";
import { useSupport } from "../support/support_state";
import { useStore } from "../store_context";
import { texts } from "../texts";
import "./push_chat.css";
import { showChat } from "./windows";

const t = texts.push;
const PAUSE_MS = 1_500;
const LOADED_AFTER_MS = 1_000;
// A click or key that was meant for the page does not answer the request.
const READY_AFTER_MS = 500;

/** An engineer's chat request (spec 2.9, 5.6). Modal until it is answered, here or in another tab, or withdrawn. */
export function PushChats() {
  const store = useStore();
  const me = store.me.value?.person?.id;
  const asked = [...store.cards.value.values()].find(
    (card) => card.type === "CHAT_TYPE_PUSH" && card.status === "CHAT_STATUS_WAITING" && card.customer?.id === me,
  );
  // Withdrawn, expired or declined in another tab: a toast says so when the dialog closes.
  const before = useRef<SessionCard>(undefined);
  const answered = useRef("");
  useEffect(() => {
    const gone = before.current;
    before.current = asked;
    if (!gone || gone.sessionId === answered.current) return;
    if (store.cards.peek().get(gone.sessionId ?? "")?.status !== "CHAT_STATUS_HANDLED") toast(t.over(isolated(gone.creator?.name ?? "")));
  }, [asked?.sessionId]);
  // The subject of a call-back, while its dialog is open.
  const [callAbout, setCallAbout] = useState("");
  return (
    <>
      {asked && <Asked key={asked.sessionId} card={asked} onAnswer={(id) => (answered.current = id)} onCall={setCallAbout} />}
      {callAbout && <CallbackDialog text={callAbout} onClose={() => setCallAbout("")} />}
    </>
  );
}

interface AskedProps {
  card: SessionCard;
  onAnswer: (id: string) => void;
  /** The request is declined and the customer wants to be called. */
  onCall: (about: string) => void;
}

/** While the customer types, shows a card. The dialog opens when they pause, or when they click, with what the engineer wrote. */
function Asked(props: AskedProps) {
  const store = useStore();
  const id = props.card.sessionId ?? "";
  const paused = usePause(PAUSE_MS);
  const [opened, setOpened] = useState(false);
  const late = useAfter(LOADED_AFTER_MS);
  useEffect(() => {
    void store.openSession(id);
    return () => store.closeSession(id);
  }, [id]);
  const view = store.sessionOf(id).value;
  const loaded = Boolean(view && (!view.loading || view.error));
  if (paused || opened) return loaded || late ? <PushChat {...props} /> : null;
  return (
    <div class="push-asks" role="status">
      <Banner tone="accent" icon={MessageSquare} actions={<Button size="s" onClick={() => setOpened(true)}>{t.toAnswer}</Button>}>
        {t.asks(isolated(props.card.creator?.name ?? ""))}
      </Banner>
    </div>
  );
}

function useAfter(milliseconds: number): boolean {
  const [passed, setPassed] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setPassed(true), milliseconds);
    return () => clearTimeout(timer);
  }, []);
  return passed;
}

function PushChat({ card, onAnswer, onCall }: AskedProps) {
  const store = useStore();
  const ready = useAfter(READY_AFTER_MS);
  const support = useSupport();
  // With an open chat, a call-back is requested there.
  const mayCallBack = (support.value?.mayCallBack ?? false) && !support.active;
  const [busy, setBusy] = useState<"accept" | "decline" | "">("");
  const [summary, setSummary] = useState("");
  useEffect(() => {
    // Names the ticket by its summary, or by its number alone before it is loaded.
    if (card.ticketId) store.tickets.get(card.ticketId).then(({ ticket }) => setSummary(ticket?.summary ?? ""), () => undefined);
  }, [card.ticketId]);
  const name = card.creator?.name ?? "";
  const answer = async (which: "accept" | "decline", then?: () => void): Promise<void> => {
    setBusy(which);
    onAnswer(card.sessionId ?? "");
    try {
      await store.answerPush(card.sessionId ?? "", which);
      if (which === "accept") showChat(card.sessionId ?? "");
      then?.();
    } catch (error) {
      const stands = (): boolean => store.cards.value.get(card.sessionId ?? "")?.status === "CHAT_STATUS_WAITING";
      toast(sentence(error), { tone: "danger", while: stands });
    } finally {
      setBusy("");
    }
  };
  const { ticketNumber: number, title = "" } = card;
  const lines = store.sessionOf(card.sessionId ?? "").value?.lines ?? [];
  const wrote = lines.flatMap((line) => (line.kind === "message" && line.by.id === card.creator?.id ? [line] : []));
  const text = (
    <>
      <p>{t.about(isolated(name), number ? t.ticket(number, summary && isolated(summary)) : isolated(title))}</p>
      {wrote.length > 0 && (
        <div class="push__wrote">
          <p class="push__by">{t.wrote(isolated(name))}</p>
          {wrote.map((line) => (
            <blockquote key={line.key} dir="auto">
              {line.text || fileTexts.sent((line.files ?? []).map(({ name }) => name).join(", "))}
            </blockquote>
          ))}
        </div>
      )}
    </>
  );
  const callMe = () => answer("decline", () => onCall(number ? t.callAbout(number, summary) : title));
  const footer = (
    <>
      <Button size="l" busy={busy === "decline"} disabled={!ready || busy === "accept"} onClick={() => void answer("decline")}>
        {t.decline}
      </Button>
      <Button size="l" variant="primary" busy={busy === "accept"} disabled={!ready || busy === "decline"} onClick={() => void answer("accept")}>
        {t.accept}
      </Button>
      {mayCallBack && (
        <Button size="l" variant="ghost" class="push__call" disabled={!ready || busy !== ""} onClick={() => void callMe()}>
          {t.callMe}
        </Button>
      )}
    </>
  );
  const picture = <Avatar id={card.creator?.id ?? ""} name={name} side="engineer" size="l" />;
  return <AlertDialog byItself title={t.title(isolated(name))} text={text} picture={picture} footer={footer} />;
}
