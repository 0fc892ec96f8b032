import { Inbox, Plus, SearchX } from "lucide-preact";
import { useLayoutEffect, useRef } from "preact/hooks";

import { Button, EmptyState, ErrorState, Skeleton, serverNow } from "../../ui";
import type { Priority, TicketQuery, TicketStatus } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { texts } from "../texts";
import { OPEN_STATUSES } from "./chips";
import { BLANK, type ListAddress, NOBODY, queryOf, useListAddress, useScrollOfEntry } from "./list_address";
import { Filters } from "./list_filters";
import { focusRow } from "./list_focus";
import "../rows.css";
import "./list_page.css";
import { type Column, orderAfter, orderOf, orderText } from "./list_order";
import { Rows } from "./list_rows";
import { SeveralBar, useSeveral } from "./several";
import { useTicketPages } from "./ticket_pages";

const t = texts.tickets;
const DAY_SECONDS = 86_400;

/** All tickets that this engineer may see, by default last changed first. */
export function ListPage() {
  const app = useApp();
  const [address, change] = useListAddress();
  const { pages, sort } = address;
  const { answer, error, reload } = useTicketPages(queryOf({ ...address, pages: 1 }), () => queryFrom(address), pages);
  useScrollOfEntry(Boolean(answer));
  const several = useSeveral(answer?.tickets ?? []);
  const order = orderOf(sort);
  const answered = useRef({ answer, order });
  if (answered.current.answer !== answer) answered.current = { answer, order };
  // The rows that stay after a failed load are in the order that they had.
  const shownOrder = error ? answered.current.order : order;
  const sortBy = (column: Column) => {
    const page = document.getElementById("page");
    if (page) page.scrollTop = 0;
    change({ sort: orderText(orderAfter(order, column)) });
  };

  const filtered = queryOf({ ...address, pages: 1, sort: "" }) !== "";
  const { tickets = [], total = tickets.length, moreThanTotal = false, nextPageToken = "" } = answer ?? {};
  // How many tickets there were when the next page was asked for.
  const before = useRef(0);
  useLayoutEffect(() => {
    if (!before.current || tickets.length <= before.current) return;
    // With the last page the button goes, which had the focus.
    if (!nextPageToken) focusRow(before.current);
    before.current = 0;
  }, [answer]);
  const showMore = () => {
    before.current = tickets.length;
    change({ pages: pages + 1 });
  };
  return (
    <div class="rows tickets">
      <header class="rows__head">
        <h1>{t.heading}</h1>
        {answer && <span class="rows__total">{t.total(total, moreThanTotal)}</span>}
        <Button variant="primary" icon={Plus} class="rows__act" onClick={() => (app.dialog.value = { kind: "ticket" })}>
          {texts.newTicket.open}
        </Button>
      </header>
      <Filters address={address} onChange={change} />
      {!answer && !error && <Skeleton label={t.loading} rows={6} />}
      {Boolean(error) && <ErrorState title={t.failed} onRetry={reload} compact={Boolean(answer)} />}
      <Rows tickets={tickets} order={shownOrder} onSort={sortBy} selected={several.selected} select={several.select} assign={several.assign} close={several.close} />
      <SeveralBar {...several} />
      {answer && !tickets.length && !filtered && (
        <EmptyState icon={Inbox} title={t.empty}>
          {t.emptyText}
        </EmptyState>
      )}
      {answer && !tickets.length && filtered && (
        <EmptyState icon={SearchX} title={t.noMatch} action={<Button onClick={() => change({ ...BLANK, sort })}>{t.clear}</Button>}>
          {t.noMatchText}
        </EmptyState>
      )}
      {nextPageToken && (
        <div class="rows__more">
          <Button onClick={showMore}>{t.more}</Button>
        </div>
      )}
    </div>
  );
}

function queryFrom({ search, status, board, assignee, customer, priority, age, sort }: ListAddress): TicketQuery {
  const { column, reversed } = orderOf(sort);
  return {
    ...{ search, board, customer },
    ...(assignee === NOBODY ? { unassigned: "1" } : { assignee }),
    priority: priority ? [priority as Priority] : [],
    status: status === "open" ? OPEN_STATUSES : status ? [status as TicketStatus] : [],
    before: age && String(Math.floor(serverNow() / 1000) - Number(age) * DAY_SECONDS),
    sort: column === "changed" ? "" : column,
    reversed: reversed ? "1" : "",
  };
}
