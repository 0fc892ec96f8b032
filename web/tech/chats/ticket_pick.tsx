import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Button, Dialog, EmptyState, ErrorState, Skeleton } from "../../ui";
import type { Person, Ticket } from "../../wire/index.ts";
import { useDesk } from "../desk";
import { isSubmit } from "../keys";
import { StatusChip } from "../tickets/chips";
import { texts } from "../texts";

const say = texts.end;
const OPEN = ["TICKET_STATUS_NEW", "TICKET_STATUS_IN_PROGRESS", "TICKET_STATUS_WAITING_CUSTOMER"] as const;

interface PickProps {
  customer: Person;
  wrong: ComponentChildren;
  busy: boolean;
  onBack: () => void;
  onClose: () => void;
  onPick: (ticketId: string) => void;
}

/** Which of this customer's tickets the chat log goes to. */
export function TicketPick({ customer, wrong, busy, onBack, onClose, onPick }: PickProps) {
  const { store } = useDesk();
  const [tickets, setTickets] = useState<Ticket[] | "failed" | null>(null);
  const [chosen, setChosen] = useState("");
  const load = () => {
    setTickets(null);
    store.tickets.list({ customer: customer.id, status: OPEN }).then(
      (list) => {
        setTickets(list.tickets ?? []);
        setChosen(list.tickets?.[0]?.id ?? "");
      },
      () => setTickets("failed"),
    );
  };
  useEffect(load, [customer.id]);
  const pick = () => chosen && !busy && onPick(chosen);
  return (
    <Dialog
      title={say.title}
      text={say.pick(customer.name ?? "")}
      onClose={onClose}
      onKeyDown={(event) => isSubmit(event) && pick()}
      footer={
        <>
          <Button onClick={onBack}>{say.back}</Button>
          <Button variant="primary" busy={busy} disabled={!chosen} onClick={pick}>
            {say.pickSend}
          </Button>
        </>
      }
    >
      {tickets === null && <Skeleton label={say.loading} rows={3} />}
      {tickets === "failed" && <ErrorState title={say.pickFailed} onRetry={load} compact />}
      {Array.isArray(tickets) && tickets.length === 0 && (
        <EmptyState title={say.pickEmpty} compact>
          {say.pickEmptyText}
        </EmptyState>
      )}
      {Array.isArray(tickets) && tickets.length > 0 && (
        <div class="pick" role="radiogroup" aria-label={say.pick(customer.name ?? "")}>
          {tickets.map((ticket, index) => (
            <label key={ticket.id} class="pick__ticket">
              <input
                type="radio"
                name="ticket"
                value={ticket.id}
                checked={chosen === ticket.id}
                autofocus={index === 0}
                onChange={() => setChosen(ticket.id ?? "")}
              />
              <span class="pick__number tabular">#{ticket.number}</span>
              <span class="pick__summary">{ticket.summary}</span>
              <StatusChip status={ticket.status} />
            </label>
          ))}
        </div>
      )}
      {wrong}
    </Dialog>
  );
}
