import { Inbox, Search, TicketPlus } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";

import { Button, EmptyState, ErrorState, Field, RelativeTime, Skeleton } from "../../ui";
import type { Ticket } from "../../wire";
import { sentence, useLoad } from "../load";
import { go, paths } from "../router";
import { useStore } from "../store_context";
import { texts } from "../texts";
import { StatusChip } from "./status_chip";
import "./tickets.css";

const t = texts.list;

export function TicketListPage() {
  const store = useStore();
  const [search, setSearch] = useState("");
  const [more, setMore] = useState<{ after: unknown; tickets: Ticket[]; page: string } | null>(null);
  const [busy, setBusy] = useState(false);
  const wanted = useSettled(search.trim());
  const first = useLoad(`tickets:${wanted}`, () => store.tickets.list({ search: wanted }));
  useEffect(() => store.tickets.onChange(first.reload), []);

  // Further pages belong to the first one. When it is fetched again, they are dropped.
  const further = more?.after === first.value ? more : null;
  const tickets = [...(first.value?.tickets ?? []), ...(further?.tickets ?? [])];
  const page = further ? further.page : (first.value?.nextPageToken ?? "");
  const showMore = async (): Promise<void> => {
    setBusy(true);
    const next = await store.tickets.list({ search: wanted, page }).catch(() => null);
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
      <Field label={t.search} bare type="search" placeholder={t.search} value={search} onInput={setSearch} before={<Search size={16} aria-hidden="true" />} />
      {!first.value && !first.error && <Skeleton label={t.loading} rows={4} shape="cards" />}
      {first.error && !first.value && (
        <ErrorState title={t.failed} onRetry={first.reload}>
          {sentence(first.error)}
        </ErrorState>
      )}
      {first.value && tickets.length === 0 && (
        <EmptyState icon={Inbox} title={wanted ? t.nothing : t.empty}>
          {wanted ? t.nothingText : t.emptyText}
        </EmptyState>
      )}
      {tickets.length > 0 && (
        <>
          <ul class="tickets" aria-label={t.title}>
            {tickets.map((ticket) => (
              <Row key={ticket.id} ticket={ticket} />
            ))}
          </ul>
          <div class="tickets__foot">
            <span>{t.total(first.value?.total ?? tickets.length)}</span>
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

/** The value after a pause in typing. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), 250);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
