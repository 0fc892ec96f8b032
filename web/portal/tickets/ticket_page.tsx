import { ArrowLeft, MessageSquare } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";

import { Button, ErrorState, RelativeTime, Skeleton, toast } from "../../ui";
import type { Ticket } from "../../wire";
import { showChat } from "../chat/windows";
import { sentence, useLoad } from "../load";
import { go, paths } from "../router";
import { useStore } from "../store_context";
import { useActiveChat } from "../support/mine";
import { texts } from "../texts";
import { ChatAbout } from "./chat_about";
import { NoteForm } from "./note_form";
import { StatusChip } from "./status_chip";
import { TicketTimeline } from "./ticket_timeline";
import "./tickets.css";

const words = texts.ticket;
const SAID_FOR = 12_000;

export function TicketPage({ id }: { id: string }) {
  const store = useStore();
  const page = useLoad(`ticket:${id}`, () => store.tickets.get(id));
  useEffect(() => store.tickets.onChange((ticket) => ticket.id === id && page.reload()), [id]);

  // Gone or not theirs: the two cannot be told apart, and neither is a place to stay (spec 9.5).
  const missing = page.error?.kind === "not_found" || page.error?.kind === "permission_denied";
  useEffect(() => {
    if (!missing) return;
    setTimeout(toast(texts.list.missing, { tone: "danger" }), SAID_FOR);
    go(paths.tickets, true);
  }, [missing]);

  if (!page.value) {
    if (!page.error || missing) return <Skeleton label={words.loading} rows={5} />;
    return (
      <ErrorState title={words.failed} onRetry={page.reload}>
        {sentence(page.error)}
      </ErrorState>
    );
  }
  const ticket = page.value.ticket ?? {};
  return (
    <article class="ticket" aria-label={ticket.summary}>
      <header class="ticket__head">
        <a class="page__back" href={paths.tickets}>
          <ArrowLeft size={14} aria-hidden="true" /> {words.back}
        </a>
        <h1 class="page__title">{ticket.summary}</h1>
        <p class="ticket__facts">
          <span class="tabular">{words.number(ticket.number ?? 0)}</span>
          <StatusChip status={ticket.status} />
          <span>
            {words.opened} <RelativeTime at={ticket.createdAt ?? ""} />
          </span>
          {ticket.assignee?.name && <span>{words.with(ticket.assignee.name)}</span>}
        </p>
        <Deeds ticket={ticket} onChanged={page.reload} />
      </header>
      <TicketTimeline ticketId={id} entries={page.value.timeline ?? []} />
      {ticket.status !== "TICKET_STATUS_CLOSED" && <NoteForm ticketId={id} onAdded={page.reload} />}
    </article>
  );
}

function Deeds({ ticket, onChanged }: { ticket: Ticket; onChanged: () => void }) {
  const store = useStore();
  const id = ticket.id ?? "";
  const closed = ticket.status === "TICKET_STATUS_CLOSED";
  const active = useActiveChat(id).value?.sessionId;
  const support = useLoad(`support:${id}:${closed}:${active ?? ""}`, () => store.support(id)).value;
  const [chatting, setChatting] = useState(false);
  const [busy, setBusy] = useState(false);
  const why = closed ? words.chatClosed : active ? words.chatActive : support && !support.mayChat ? words.chatHours : undefined;

  const turn = async (): Promise<void> => {
    setBusy(true);
    try {
      await store.tickets.update(id, { status: closed ? "TICKET_STATUS_IN_PROGRESS" : "TICKET_STATUS_CLOSED" });
      onChanged();
    } catch (error) {
      toast(sentence(error), { tone: "danger" });
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="ticket__deeds">
      {support?.whyNot !== "permission" && (
        <Button variant="primary" icon={MessageSquare} disabled={Boolean(why)} hint={why} onClick={() => setChatting(true)}>
          {words.chat}
        </Button>
      )}
      {active && <Button onClick={() => showChat(active)}>{words.goToChat}</Button>}
      <Button busy={busy} onClick={() => void turn()}>
        {closed ? words.reopen : words.close}
      </Button>
      {chatting && <ChatAbout ticketId={id} onClose={() => setChatting(false)} />}
    </div>
  );
}
