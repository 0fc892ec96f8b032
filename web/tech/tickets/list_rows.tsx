import { useLayoutEffect, useRef } from "preact/hooks";

import { Avatar, RelativeTime, classes } from "../../ui";
import type { Ticket } from "../../wire/index.ts";
import { Link } from "../router";
import { texts } from "../texts";
import { PriorityMark, StatusChip } from "./chips";
import { ListHead } from "./list_head";
import type { Column, Order } from "./list_order";

const t = texts.tickets;

/** What the keys of a row do. */
export interface RowActs {
  select: (id: string) => void;
  assign: (id: string) => void;
  close: (id: string) => void;
}

interface RowsProps extends RowActs {
  tickets: readonly Ticket[];
  order: Order;
  onSort: (column: Column) => void;
  selected: ReadonlySet<string>;
}

/**
 * The tickets as a table. With the focus in it, J and K (or the arrows) move from row to row, Enter opens, X selects, A assigns and
 * E closes (spec 9.7).
 */
export function Rows({ tickets, order, onSort, selected, ...acts }: RowsProps) {
  const body = useRef<HTMLTableSectionElement>(null);
  // The ticket of the row with the focus; empty without one.
  const focused = useRef("");
  const before = useRef(tickets);
  useLayoutEffect(() => {
    const at = before.current.findIndex(({ id }) => id === focused.current);
    before.current = tickets;
    // The row has moved, which takes its focus, or has left the list: then the one that took its place gets the focus.
    if (at < 0 || document.activeElement !== document.body || !body.current) return;
    const rows = [...body.current.rows];
    const row = rows.find(({ dataset }) => dataset.id === focused.current) ?? rows[Math.min(at, rows.length - 1)];
    row?.querySelector("a")?.focus();
  }, [tickets]);
  if (tickets.length === 0) return null;
  const onKeyDown = (event: KeyboardEvent) => {
    const row = (event.target as HTMLElement).closest<HTMLTableRowElement>("tr[data-id]");
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const rows = [...body.current!.rows];
    const to = target(event.key, rows.indexOf(row), rows.length);
    const act = { x: acts.select, a: acts.assign, e: acts.close }[event.key.toLowerCase()];
    if (to !== undefined) rows[to]?.querySelector("a")?.focus();
    else if (act && !event.repeat) act(row.dataset.id!);
    else return;
    event.preventDefault();
  };
  return (
    <div class="rows__table">
      <table>
        <ListHead order={order} onSort={onSort} />
        <tbody
          ref={body}
          onKeyDown={onKeyDown}
          onFocusIn={({ target }) => (focused.current = (target as HTMLElement).closest("tr")?.dataset.id ?? "")}
          onFocusOut={({ relatedTarget }) => relatedTarget && !body.current?.contains(relatedTarget as Node) && (focused.current = "")}
        >
          {tickets.map((ticket) => (
            <Row key={ticket.id} ticket={ticket} selected={selected.has(ticket.id ?? "")} onSelect={() => acts.select(ticket.id ?? "")} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The row that the key moves to; undefined for another key. */
function target(key: string, at: number, count: number): number | undefined {
  switch (key.length === 1 ? key.toLowerCase() : key) {
    case "j":
    case "ArrowDown":
      return Math.min(at + 1, count - 1);
    case "k":
    case "ArrowUp":
      return Math.max(at - 1, 0);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}

function Row({ ticket, selected, onSelect }: { ticket: Ticket; selected: boolean; onSelect: () => void }) {
  const { id = "", number = 0, assignee } = ticket;
  const customer = [ticket.customer?.name, ticket.companyName].filter(Boolean).join(" · ");
  return (
    <tr data-id={id} class={classes(selected && "tickets__row--selected")}>
      <td>
        <input type="checkbox" class="tickets__box" aria-label={t.select(number)} checked={selected} onChange={onSelect} />
      </td>
      <td class="tickets__number rows__quiet tabular">#{number}</td>
      <td class="tickets__summary">
        <div>
          <Link to={{ page: "ticket", id }} class="rows__link">
            <bdi>{ticket.summary}</bdi>
          </Link>
          <span class="rows__below" dir="auto">{customer}</span>
        </div>
      </td>
      <td class="tickets__customer-cell" title={customer}>
        <bdi>{customer}</bdi>
      </td>
      <td>
        <StatusChip status={ticket.status} />
      </td>
      <td class="rows__wide">
        <PriorityMark priority={ticket.priority} />
      </td>
      <td class="rows__wide">
        {assignee?.id ? (
          <span class="rows__person">
            <Avatar id={assignee.id} name={assignee.name ?? ""} side="engineer" size="xs" /> <bdi>{assignee.name}</bdi>
          </span>
        ) : (
          <span class="rows__quiet">{t.nobody}</span>
        )}
      </td>
      <td class="tickets__changed rows__quiet">
        <RelativeTime at={ticket.modifiedAt ?? ticket.createdAt ?? 0} />
      </td>
    </tr>
  );
}
