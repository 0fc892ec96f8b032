import { ArrowDown, ArrowUp } from "lucide-preact";

import { texts } from "../texts";
import { COLUMNS, type Column, type Order, directionOf } from "./list_order";

const t = texts.tickets.columns;
// Those that narrow pages leave out.
const WIDE: Partial<Record<Column, string>> = { customer: "tickets__customer-cell", priority: "rows__wide", assignee: "rows__wide" };

interface HeadProps {
  order: Order;
  onSort: (column: Column) => void;
}

/** The headers of the list. Each is a button that sorts by its column (spec 9.7). */
export function ListHead({ order, onSort }: HeadProps) {
  return (
    <thead>
      <tr>
        <th scope="col">
          <span class="unseen">{t.selected}</span>
        </th>
        {(Object.keys(COLUMNS) as Column[]).map((column) => {
          const direction = directionOf(order, column);
          const Arrow = direction === "ascending" ? ArrowUp : ArrowDown;
          return (
            <th key={column} scope="col" class={WIDE[column]} aria-sort={direction}>
              <button type="button" class="tickets__sort" onClick={() => onSort(column)}>
                {t[column]}
                <Arrow size={12} aria-hidden="true" class="tickets__arrow" />
              </button>
            </th>
          );
        })}
      </tr>
    </thead>
  );
}
