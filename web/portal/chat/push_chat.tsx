import { MessageSquare } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { AlertDialog, Avatar, Banner, Button, toast, usePause } from "../../ui";
import { isolated, type SessionCard } from "../../wire";
import { sentence } from "../load";
import { useStore } from "../store_context";
import { texts } from "../texts";
import { showChat } from "./windows";

const words = texts.push;
const PAUSE_MS = 1_500;

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
    if (store.cards.peek().get(gone.sessionId ?? "")?.status !== "CHAT_STATUS_HANDLED") toast(words.over(isolated(gone.creator?.name ?? "")));
  }, [asked?.sessionId]);
  return asked ? <Asked key={asked.sessionId} card={asked} onAnswer={(id) => (answered.current = id)} /> : null;
}

interface AskedProps {
  card: SessionCard;
  onAnswer: (id: string) => void;
}

/** While the customer types, shows a card. The dialog opens when they pause, or when they click. */
function Asked(props: AskedProps) {
  const paused = usePause(PAUSE_MS);
  const [opened, setOpened] = useState(false);
  if (paused || opened) return <PushChat {...props} />;
  return (
    <div class="push-asks" role="status">
      <Banner tone="accent" icon={MessageSquare} actions={<Button size="s" onClick={() => setOpened(true)}>{words.toAnswer}</Button>}>
        {words.asks(isolated(props.card.creator?.name ?? ""))}
      </Banner>
    </div>
  );
}

function PushChat({ card, onAnswer }: AskedProps) {
  const store = useStore();
  const [busy, setBusy] = useState("");
  const [summary, setSummary] = useState("");
  useEffect(() => {
    // Names the ticket by its summary, or by its number alone before it is loaded.
    if (card.ticketId) store.tickets.get(card.ticketId).then(({ ticket }) => setSummary(ticket?.summary ?? ""), () => undefined);
  }, [card.ticketId]);
  const name = card.creator?.name ?? "";
  const answer = async (which: "accept" | "decline"): Promise<void> => {
    setBusy(which);
    onAnswer(card.sessionId ?? "");
    try {
      await store.answerPush(card.sessionId ?? "", which);
      if (which === "accept") showChat(card.sessionId ?? "");
    } catch (error) {
      toast(sentence(error), { tone: "danger" });
    } finally {
      setBusy("");
    }
  };
  const text = words.about(isolated(name), card.ticketNumber ? words.ticket(card.ticketNumber, isolated(summary)) : isolated(card.title ?? ""));
  const footer = (
    <>
      <Button size="l" busy={busy === "decline"} disabled={busy === "accept"} onClick={() => void answer("decline")}>
        {words.decline}
      </Button>
      <Button size="l" variant="primary" busy={busy === "accept"} disabled={busy === "decline"} onClick={() => void answer("accept")}>
        {words.accept}
      </Button>
    </>
  );
  const picture = <Avatar id={card.creator?.id ?? ""} name={name} side="engineer" size="l" />;
  return <AlertDialog byItself title={words.title(isolated(name))} text={text} picture={picture} footer={footer} />;
}
