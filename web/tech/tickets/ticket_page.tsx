import { ArrowLeft } from "lucide-preact";
import { useEffect } from "preact/hooks";

import { ErrorState, Skeleton, toast, usePageTitle } from "../../ui";
import { Refused } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { Link, go } from "../router";
import { texts } from "../texts";
import { PriorityMark, StatusChip } from "./chips";
import { Details } from "./details";
import { lastList } from "./list_address";
import { useLive } from "./live";
import { NoteBox } from "./note_box";
import { SummaryLine } from "./summary_line";
import { TicketTimeline } from "./ticket_timeline";
import "./ticket_page.css";

const t = texts.ticket;

/** One ticket: its timeline, newest last, and its actions. */
export function TicketPage({ id = "" }: { id?: string }) {
  const { store } = useApp();
  const { answer, error, reload } = useLive(id, () => store.tickets.get(id), (ticket) => ticket.id === id);
  usePageTitle(answer?.ticket && `#${answer.ticket.number} ${answer.ticket.summary}`);
  const gone = error instanceof Refused && (error.kind === "not_found" || error.kind === "permission_denied");
  useEffect(() => {
    if (!gone) return;
    toast(t.gone);
    go({ page: "tickets" });
  }, [gone]);

  if (!answer?.ticket) {
    return error && !gone ? (
      <ErrorState title={t.failed} onRetry={reload} />
    ) : (
      <Skeleton label={t.loading} rows={5} />
    );
  }
  const { ticket, timeline = [], maxAttachmentBytes = 0 } = answer;
  return (
    <div class="ticket">
      <header class="ticket__head">
        <Link to={lastList()} class="ticket__back">
          <ArrowLeft size={15} aria-hidden="true" /> {t.back}
        </Link>
        <SummaryLine ticket={ticket} onChanged={reload} />
        <p class="ticket__facts">
          <StatusChip status={ticket.status} />
          <PriorityMark priority={ticket.priority} />
          <span>{ticket.boardName}</span>
        </p>
      </header>
      <div class="ticket__main">
        <TicketTimeline ticket={ticket} entries={timeline} />
        <NoteBox key={id} ticketId={id} largest={maxAttachmentBytes} onAdded={reload} />
      </div>
      <Details ticket={ticket} onChanged={reload} />
    </div>
  );
}
