import { ArrowLeft, MessageSquare } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";

import { Button, ErrorState, RelativeTime, Skeleton, settled, toast, usePageName } from "../../ui";
import type { SupportState, Ticket } from "../../wire";
import { showChat } from "../chat/windows";
import { sentence, useLoad } from "../load";
import { go, paths } from "../router";
import { useStore } from "../store_context";
import { ButtonToCome } from "../support/button_to_come";
import { useWanted } from "../support/new_chat";
import { useSupport, whenOf, type Active } from "../support/support_state";
import { texts } from "../texts";
import { ChatAbout } from "./chat_about";
import { NoteForm } from "./note_form";
import { StatusChip } from "./status_chip";
import { TicketTimeline } from "./ticket_timeline";
import "./tickets.css";

const t = texts.ticket;
const SHOWN_FOR = 12_000;

export function TicketPage({ id }: { id: string }) {
  const store = useStore();
  const page = useLoad(`ticket:${id}`, () => store.tickets.get(id));
  useEffect(() => store.tickets.onChange((ticket) => ticket.id === id && page.reload()), [id]);

  // Missing tickets and tickets of others look the same. Both lead back to the list (spec 9.5).
  const missing = page.error?.kind === "not_found" || page.error?.kind === "permission_denied";
  useEffect(() => {
    if (!missing) return;
    setTimeout(toast(texts.list.missing, { tone: "danger" }), SHOWN_FOR);
    go(paths.tickets, true);
  }, [missing]);

  usePageName(page.value?.ticket?.summary ?? "");

  const failed = page.error && !missing && (
    <ErrorState title={t.failed} onRetry={page.reload} compact={Boolean(page.value)}>
      {sentence(page.error)}
    </ErrorState>
  );
  if (!page.value) return failed || <Skeleton label={t.loading} rows={5} />;
  const ticket = page.value.ticket ?? {};
  return (
    <article class="ticket" aria-label={ticket.summary}>
      <header class="ticket__head">
        <a class="page__back" href={paths.tickets}>
          <ArrowLeft size={14} aria-hidden="true" /> {t.back}
        </a>
        <h1 class="page__title" dir="auto">{ticket.summary}</h1>
        <p class="ticket__facts">
          <span class="tabular">{t.number(ticket.number ?? 0)}</span>
          <StatusChip status={ticket.status} />
          <span>
            {t.opened} <RelativeTime at={ticket.createdAt ?? ""} />
          </span>
          {ticket.assignee?.name && <span>{t.with(ticket.assignee.name)}</span>}
        </p>
        <Deeds ticket={ticket} onChanged={page.reload} />
      </header>
      {failed}
      <TicketTimeline ticketId={id} entries={page.value.timeline ?? []} />
      {!isClosed(ticket) && <NoteForm key={id} ticketId={id} largest={page.value.maxAttachmentBytes ?? 0} onAdded={page.reload} />}
    </article>
  );
}

function Deeds({ ticket, onChanged }: { ticket: Ticket; onChanged: () => void }) {
  const store = useStore();
  const closed = isClosed(ticket);
  const [busy, setBusy] = useState(false);
  const about = `ticket:${ticket.id}:status`;
  const turn = async (): Promise<void> => {
    setBusy(true);
    try {
      await store.tickets.update(ticket.id ?? "", { status: closed ? "TICKET_STATUS_IN_PROGRESS" : "TICKET_STATUS_CLOSED" });
      settled(about);
      onChanged();
    } catch (error) {
      toast(sentence(error), { tone: "danger", about });
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="ticket__deeds">
      {/* Only the ticket's own customer can chat about it. */}
      {ticket.customer?.id === store.me.value?.person?.id && <Chat ticket={ticket} />}
      <Button busy={busy} onClick={() => void turn()}>
        {closed ? t.reopen : t.close}
      </Button>
    </div>
  );
}

function Chat({ ticket }: { ticket: Ticket }) {
  const id = ticket.id ?? "";
  const support = useSupport(id, String(isClosed(ticket)));
  const { active } = support;
  const [chatting, setChatting] = useState(false);
  const state = support.value;
  const why = state ? whyNot(ticket, active, state) : undefined;
  useWanted(id, state !== null && !why, () => setChatting(true));

  if (!state) return support.error ? <SupportFailed onRetry={support.reload} /> : <ButtonToCome />;
  // No control where chat is off for this customer (spec 2.8).
  if (state.whyNot === "permission") return null;
  return (
    <>
      <Button variant="primary" icon={MessageSquare} disabled={Boolean(why)} hint={why} onClick={() => setChatting(true)}>
        {t.chat}
      </Button>
      {active && <Button onClick={() => showChat(active.id)}>{t.goToChat}</Button>}
      {why && <p class="ticket__why">{why}</p>}
      {chatting && <ChatAbout ticketId={id} onClose={() => setChatting(false)} />}
    </>
  );
}

function SupportFailed({ onRetry }: { onRetry: () => void }) {
  return (
    <span class="ticket__unknown">
      <span role="alert">{texts.request.failedState}</span>
      <Button variant="ghost" onClick={onRetry}>
        {texts.request.retry}
      </Button>
    </span>
  );
}

// The page's own cards are newer than the server's answer.
function whyNot(ticket: Ticket, active: Active | null, state: SupportState): string | undefined {
  if (isClosed(ticket)) return t.chatClosed;
  if (active) return t.chatActive;
  if (state.whyNot === "archived") return t.chatArchived;
  return state.whyNot === "hours" ? texts.request.hoursHint(state.changesAt ? whenOf(state.changesAt) : "") : undefined;
}

function isClosed(ticket: Ticket): boolean {
  return ticket.status === "TICKET_STATUS_CLOSED";
}
