import { ArrowLeft } from "lucide-preact";
import { useEffect } from "preact/hooks";

import { ErrorState, Skeleton, toast, usePageName } from "../../ui";
import { Refused, type Ticket } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { LastChats } from "../customer/last_chats";
import { OpenTickets } from "../customer/open_tickets";
import { Link, go } from "../router";
import { texts } from "../texts";
import { AlsoHere } from "./also_here";
import { PriorityMark, StatusChip } from "./chips";
import { Details } from "./details";
import { lastList } from "./list_address";
import { useLive } from "./live";
import { NoteBox } from "./note_box";
import { SummaryLine } from "./summary_line";
import { TicketTimeline } from "./ticket_timeline";
import "../record.css";
import "./ticket_page.css";

const t = texts.ticket;

/** One ticket: its timeline, newest last, and its actions. */
export function TicketPage({ id = "" }: { id?: string }) {
  const { store } = useApp();
  const { answer, error, reload } = useLive(id, () => store.tickets.get(id), (ticket) => ticket.id === id, "ticket");
  const gone = error instanceof Refused && (error.kind === "not_found" || error.kind === "permission_denied");
  useEffect(() => {
    if (!gone) return;
    toast(t.gone);
    go({ page: "tickets" });
  }, [gone]);

  const { number, summary = "" } = answer?.ticket ?? {};
  usePageName(number ? t.named(number, summary) : "");

  if (!answer?.ticket) {
    return error && !gone ? (
      <ErrorState title={t.failed} onRetry={reload} />
    ) : (
      <Skeleton label={t.loading} rows={5} />
    );
  }
  const { ticket, timeline = [], maxAttachmentBytes = 0 } = answer;
  return (
    <div class="record ticket">
      <header class="record__head">
        <Link to={lastList()} class="record__back">
          <ArrowLeft size={15} aria-hidden="true" /> {t.back}
        </Link>
        <SummaryLine ticket={ticket} onChanged={reload} />
        <div class="record__state">
          <StatusChip status={ticket.status} />
          <PriorityMark priority={ticket.priority} />
          <span dir="auto">{ticket.boardName}</span>
          <AlsoHere id={id} />
        </div>
      </header>
      <div class="ticket__main">
        <TicketTimeline ticket={ticket} entries={timeline} />
        <NoteBox key={id} ticketId={id} largest={maxAttachmentBytes} onAdded={reload} />
      </div>
      <Details ticket={ticket} onChanged={reload} />
      {ticket.customer?.id && <OfCustomer key={ticket.customer.id} id={ticket.customer.id} ticket={ticket} />}
    </div>
  );
}

/** The customer's other tickets and their chats (spec 7.8). On a narrow page they are below the timeline. */
function OfCustomer({ id, ticket }: { id: string; ticket: Ticket }) {
  return (
    <aside class="ticket__customer customer" aria-labelledby="ticket-customer">
      <h2 id="ticket-customer" class="unseen">
        {texts.chat.customer}
      </h2>
      <OpenTickets id={id} except={ticket.id} />
      <LastChats id={id} companyId={ticket.companyId ?? ""} />
    </aside>
  );
}
