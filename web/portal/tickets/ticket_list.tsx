import { Inbox, Search, TicketPlus } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";

import { Button, EmptyState, ErrorState, Field, RelativeTime, Segments, Skeleton } from "../../ui";
import type { Ticket, TicketStatus } from "../../wire";
import { sentence, useLoad } from "../load";
import { go, paths } from "../router";
import { useStore } from "../store_context";
import { texts } from "../texts";
import { StatusChip } from "./status_chip";
import "./tickets.css";

const t = texts.list;
type Shown = "all" | "open" | "closed";
const STATUSES: Record<Shown, readonly TicketStatus[]> = {
  all: [],
  open: ["TICKET_STATUS_NEW", "TICKET_STATUS_IN_PROGRESS", "TICKET_STATUS_WAITING_CUSTOMER"],
  closed: ["TICKET_STATUS_CLOSED"],
};
const CHOICES = (["all", "open", "closed"] as const).map((value) => ({ value, label: t.shown[value] }));

export function TicketListPage() {
  const store = useStore();
  const [search, setSearch] = useState("");
  const [more, setMore] = useState<{ after: unknown; tickets: Ticket[]; page: string } | null>(null);
  const [busy, setBusy] = useState(false);
  const [shown, show] = useShown();
  const wanted = useSettled(search.trim());
  const asked = { search: wanted, status: STATUSES[shown] };
  const first = useLoad(`tickets:${shown}:${wanted}`, () => store.tickets.list(asked));
  useEffect(() => store.tickets.onChange(first.reload), []);

  // Further pages belong to the first one. When it is fetched again, they are dropped.
  const further = more?.after === first.value ? more : null;
  const tickets = [...(first.value?.tickets ?? []), ...(further?.tickets ?? [])];
  const page = further ? further.page : (first.value?.nextPageToken ?? "");
  const showMore = async (): Promise<void> => {
    setBusy(true);
    const next = await store.tickets.list({ ...asked, page }).catch(() => null);
    if (next) setMore({ after: first.value, tickets: [...(further?.tickets ?? []), ...(next.tickets ?? [])], page: next.nextPageToken ?? "" });
    setBusy(false);
  };
  const create = (
    <Button
      variant="primary"
      icon={TicketPlus}
      onClick={() => go(paths.newTicket)}
    >
      {t.create}
    </Button>
  );

  return (
    <>
      <div class="page__head">
        <h1 class="page__title">{t.title}</h1>
        {create}
      </div>
      <div class="tickets__filters">
        <Field label={t.search} bare type="search" placeholder={t.search} value={search} onInput={setSearch} before={<Search size={16} aria-hidden="true" />} />
        <Segments label={t.show} value={shown} choices={CHOICES} onChange={show} />
      </div>
      {!first.value && !first.error && <Skeleton label={t.loading} rows={4} shape="cards" />}
      {first.error && (
        <ErrorState title={t.failed} onRetry={first.reload} compact={Boolean(first.value)}>
          {sentence(first.error)}
        </ErrorState>
      )}
      {first.value && tickets.length === 0 && <Nothing shown={shown} searched={wanted !== ""} />}
      {tickets.length > 0 && (
        <>
          <ul class="tickets" aria-label={t.title}>
            {tickets.map((ticket) => (
              <Row key={ticket.id} ticket={ticket} />
            ))}
          </ul>
          <div class="tickets__foot">
            <span>{t.total(first.value?.total ?? tickets.length, first.value?.moreThanTotal ?? false)}</span>
            {page && (
              <Button busy={busy} onClick={() => void showMore()}>
                {t.more}
              </Button>
            )}
          </div>
        </>
      )}
    </>
  );
}

function Nothing({ shown, searched }: { shown: Shown; searched: boolean }) {
  const [title, text] = searched ? [t.nothing, t.nothingText] : shown === "all" ? [t.empty, t.emptyText] : [t.none[shown], t.noneText];
  return (
    <EmptyState icon={Inbox} title={title}>
      {text}
    </EmptyState>
  );
}

function Row({ ticket }: { ticket: Ticket }) {
  return (
    <li class="tickets__row">
      <a class="tickets__link" href={paths.ticket(ticket.id ?? "")}>
        <span class="tickets__number tabular">#{ticket.number}</span>
        <span class="tickets__summary" dir="auto">{ticket.summary}</span>
      </a>
      <StatusChip status={ticket.status} />
      <span class="tickets__when">{ticket.modifiedAt && <RelativeTime at={ticket.modifiedAt} />}</span>
    </li>
  );
}

/** Which tickets are listed, from the address, so that a reload and Back keep it. */
function useShown(): [Shown, (shown: Shown) => void] {
  const [shown, setShown] = useState<Shown>(() => {
    const asked = new URLSearchParams(location.search).get("show");
    return asked === "open" || asked === "closed" ? asked : "all";
  });
  const show = (next: Shown) => {
    history.replaceState(null, "", next === "all" ? paths.tickets : `${paths.tickets}?show=${next}`);
    setShown(next);
  };
  return [shown, show];
}

/** The value after a pause in typing. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), 250);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
