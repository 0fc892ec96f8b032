import { Inbox, Plus, Search, SearchX } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";

import { Button, EmptyState, ErrorState, Field, Select, Skeleton } from "../../ui";
import type { DirectoryPerson, Priority, TicketList, TicketQuery, TicketStatus } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { texts } from "../texts";
import { useBoards } from "../boards_and_companies";
import { OPEN_STATUSES, PRIORITIES } from "./chips";
import { BLANK, useListAddress, useScrollOfEntry } from "./list_address";
import "./list_page.css";
import { Rows } from "./list_rows";
import { CustomerFilter } from "./customer_filter";
import { useLive } from "./live";
import { SeveralBar, useSeveral } from "./several";

const t = texts.tickets;
const STATUSES: TicketStatus[] = [...OPEN_STATUSES, "TICKET_STATUS_CLOSED"];
const STATUS_OPTIONS = [
  { value: "", label: t.anyStatus },
  { value: "open", label: t.openStatus },
  ...STATUSES.map((status) => ({ value: status as string, label: t.statuses[status] })),
];
const PRIORITY_OPTIONS = [{ value: "", label: t.anyPriority }, ...PRIORITIES];
const TYPED_MS = 250;

/** All tickets that this engineer may see, last changed first. */
export function ListPage() {
  const app = useApp();
  const { store } = app;
  const [address, change] = useListAddress();
  const { search, status, board, assignee, customer, priority, pages } = address;
  const [typed, setTyped] = useState(search);
  const boards = useBoards();

  useEffect(() => {
    if (typed.trim() === search) return undefined;
    const timer = setTimeout(() => change({ search: typed.trim() }), TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  // The address changes by Back and by links too.
  useEffect(() => {
    if (typed.trim() !== search) setTyped(search);
  }, [search]);
  const query: TicketQuery = {
    ...{ search, board, assignee, customer },
    priority: priority ? [priority as Priority] : [],
    status: status === "open" ? OPEN_STATUSES : status ? [status as TicketStatus] : [],
  };
  const { answer, error, reload } = useLive(JSON.stringify({ ...query, pages }), () => listOf(store.tickets.list, query, pages), () => true);
  useScrollOfEntry(Boolean(answer));
  const several = useSeveral(answer?.tickets ?? []);

  const filtered = Boolean(search || status || board || assignee || customer || priority);
  const clear = () => {
    setTyped("");
    change(BLANK);
  };
  return (
    <div class="tickets">
      <header class="tickets__head">
        <h1>{t.heading}</h1>
        {answer && <span class="tickets__total">{t.total(answer.total ?? answer.tickets?.length ?? 0)}</span>}
        <Button variant="primary" icon={Plus} class="tickets__new" onClick={() => (app.dialog.value = { kind: "ticket" })}>
          {texts.newTicket.open}
        </Button>
      </header>
      <div class="tickets__filters" role="search" aria-label={t.search}>
        <Field label={t.search} bare type="search" placeholder={t.search} value={typed} onInput={setTyped} before={<Search size={15} aria-hidden="true" />} />
        <Select label={t.status} bare value={status} onInput={(value) => change({ status: value })} options={STATUS_OPTIONS} />
        <Select
          label={t.board}
          bare
          value={board}
          onInput={(value) => change({ board: value })}
          options={[{ value: "", label: t.anyBoard }, ...boards.map(({ id = "", name = "" }) => ({ value: id, label: name }))]}
        />
        <Assignee value={assignee} onInput={(value) => change({ assignee: value })} />
        <Select label={t.columns.priority} bare value={priority} onInput={(value) => change({ priority: value })} options={PRIORITY_OPTIONS} />
        {customer && <CustomerFilter key={customer} id={customer} onRemove={() => change({ customer: "" })} />}
      </div>
      {!answer && !error && <Skeleton label={t.loading} rows={6} />}
      {Boolean(error) && <ErrorState title={t.failed} onRetry={reload} compact={Boolean(answer)} />}
      {answer && <Rows tickets={answer.tickets ?? []} selected={several.selected} select={several.select} assign={several.assign} close={several.close} />}
      <SeveralBar {...several} />
      {answer && !answer.tickets?.length && !filtered && (
        <EmptyState icon={Inbox} title={t.empty}>
          {t.emptyText}
        </EmptyState>
      )}
      {answer && !answer.tickets?.length && filtered && (
        <EmptyState icon={SearchX} title={t.noMatch} action={<Button onClick={clear}>{t.clear}</Button>}>
          {t.noMatchText}
        </EmptyState>
      )}
      {answer?.nextPageToken && (
        <div class="tickets__more">
          <Button onClick={() => change({ pages: pages + 1 })}>{t.more}</Button>
        </div>
      )}
    </div>
  );
}

/** The person's own tickets come first, then each colleague's. */
function Assignee({ value, onInput }: { value: string; onInput: (id: string) => void }) {
  const { store, me } = useApp();
  const [engineers, setEngineers] = useState<readonly DirectoryPerson[]>([]);
  useEffect(() => {
    // Without the list, one's own tickets can be chosen.
    store.people({ kind: "engineer", limit: 1000 }).then(({ people }) => setEngineers(people), () => undefined);
  }, []);
  const own = me.value.id ?? "";
  const options = [
    { value: "", label: t.anyAssignee },
    { value: own, label: t.mine },
    ...engineers.filter(({ id, disabled }) => id !== own && (!disabled || id === value)).map(({ id = "", name = "" }) => ({ value: id, label: name })),
  ];
  return <Select label={t.columns.assignee} bare value={value} onInput={onInput} options={options} />;
}

/** Loads the first pages as one list, because a change may have moved any ticket to the top. */
async function listOf(list: (query: TicketQuery) => Promise<TicketList>, query: TicketQuery, pages: number): Promise<TicketList> {
  let whole = await list(query);
  for (let page = 1; page < pages && whole.nextPageToken; page++) {
    const next = await list({ ...query, page: whole.nextPageToken });
    whole = { ...next, tickets: [...(whole.tickets ?? []), ...(next.tickets ?? [])] };
  }
  return whole;
}
