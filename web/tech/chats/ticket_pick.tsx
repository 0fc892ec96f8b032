import { Search } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import { Button, Dialog, EmptyState, ErrorState, Field, Skeleton } from "../../ui";
import type { Person } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { useFound } from "../found";
import { isSubmit } from "../keys";
import { StatusChip } from "../tickets/chips";
import { texts } from "../texts";

const t = texts.end;
const OPEN = ["TICKET_STATUS_NEW", "TICKET_STATUS_IN_PROGRESS", "TICKET_STATUS_WAITING_CUSTOMER"] as const;

interface PickProps {
  customer: Person;
  wrong: ComponentChildren;
  busy: boolean;
  onBack: () => void;
  onClose: () => void;
  onPick: (ticketId: string) => void;
}

/** Selects which of the customer's tickets the chat log goes to. */
export function TicketPick({ customer, wrong, busy, onBack, onClose, onPick }: PickProps) {
  const { store } = useApp();
  const [text, setText] = useState("");
  const [picked, setPicked] = useState("");
  const { found, failed, reload } = useFound(text, (search) => store.tickets.list({ customer: customer.id, status: OPEN, search }));
  const tickets = found?.tickets ?? [];
  // The selection is always one of the visible tickets.
  const chosen = (tickets.find((ticket) => ticket.id === picked) ?? tickets[0])?.id ?? "";
  const more = (found?.total ?? 0) - tickets.length;
  const pick = () => chosen && !busy && onPick(chosen);
  return (
    <Dialog
      title={t.title}
      text={t.pick(customer.name ?? "")}
      onClose={onClose}
      onKeyDown={(event) => isSubmit(event) && pick()}
      footer={
        <>
          <Button onClick={onBack}>{t.back}</Button>
          <Button variant="primary" busy={busy} disabled={!chosen} onClick={pick}>
            {t.pickSend}
          </Button>
        </>
      }
    >
      <Field label={t.pickFind} bare placeholder={t.pickFind} type="search" value={text} onInput={setText} before={<Search size={15} aria-hidden="true" />} autofocus />
      {!found && !failed && <Skeleton label={t.loading} rows={3} />}
      {failed && <ErrorState title={t.pickFailed} onRetry={reload} compact />}
      {found && !failed && tickets.length === 0 && (
        <EmptyState title={text.trim() ? t.pickNone : t.pickEmpty} compact>
          {!text.trim() && t.pickEmptyText}
        </EmptyState>
      )}
      {tickets.length > 0 && (
        <div class="pick" role="radiogroup" aria-label={t.pick(customer.name ?? "")}>
          {tickets.map((ticket) => (
            <label key={ticket.id} class="pick__ticket">
              <input
                type="radio"
                name="ticket"
                value={ticket.id}
                checked={chosen === ticket.id}
                onChange={() => setPicked(ticket.id ?? "")}
              />
              <span class="pick__number tabular">#{ticket.number}</span>
              <span class="pick__summary" dir="auto">{ticket.summary}</span>
              <StatusChip status={ticket.status} />
            </label>
          ))}
        </div>
      )}
      {more > 0 && <p class="pick__more">{t.pickMore(more)}</p>}
      {wrong}
    </Dialog>
  );
}
