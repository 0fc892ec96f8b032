import { useRef } from "preact/hooks";

import { ErrorState, Skeleton } from "../../ui";
import { useApp } from "../app_state";
import { Link } from "../router";
import { texts } from "../texts";
import { OPEN_STATUSES } from "../tickets/chips";
import { useLive } from "../tickets/live";
import { queryOf, BLANK } from "../tickets/list_address";
import "./customer.css";
import { customerTexts as t } from "./customer_texts";

const SHOWN = 5;

/** The customer's open tickets, latest change first; without the one that the page shows. */
export function OpenTickets({ id, except = "" }: { id: string; except?: string }) {
  const { store } = useApp();
  const listed = useRef<ReadonlySet<string>>(new Set());
  const { answer, error, reload } = useLive(
    `${id} ${except}`,
    () => store.tickets.list({ customer: id, status: OPEN_STATUSES, size: String(SHOWN + 1) }),
    // A ticket that was given to another customer leaves the list.
    (ticket) => ticket.customer?.id === id || listed.current.has(ticket.id ?? ""),
  );
  const { tickets = [], total = 0 } = answer ?? {};
  listed.current = new Set(tickets.map((ticket) => ticket.id ?? ""));
  const others = tickets.filter((ticket) => ticket.id !== except);
  const count = total - (tickets.length - others.length);
  return (
    <div class="customer__part">
      <header class="customer__head">
        <h3>
          {except ? t.otherTickets : t.tickets} {answer && <span class="customer__count tabular">{count}</span>}
        </h3>
        <Link to={{ page: "tickets", query: queryOf({ ...BLANK, customer: id }) }} label={t.allTickets} class="customer__all">
          {t.seeAll}
        </Link>
      </header>
      {Boolean(error) && <ErrorState compact title={t.ticketsFailed} onRetry={reload} />}
      {!answer && !error && <Skeleton label={t.ticketsLoading} rows={2} />}
      {answer && !others.length && !error && <p class="customer__none">{t.noTickets}</p>}
      {others.length > 0 && (
        <ul class="customer__list">
          {others.slice(0, SHOWN).map(({ id: ticketId = "", number = 0, summary = "", status = "TICKET_STATUS_UNSPECIFIED" }) => (
            <li key={ticketId}>
              <Link to={{ page: "ticket", id: ticketId }} label={t.ticket(number, summary, texts.tickets.statuses[status])} class="customer__link">
                <span class="customer__what">
                  <span class="customer__number tabular">#{number}</span> <bdi>{summary}</bdi>
                </span>
                <span class="customer__quiet">{texts.tickets.statuses[status]}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
