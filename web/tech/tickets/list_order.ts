// The orders of the list of tickets, as its address has them: a column, with a minus for its order from the end.

/** Column -> the direction of its values when it is chosen first: the latest change, the newest ticket, A, New, Urgent. */
export const COLUMNS = {
  number: "descending",
  summary: "ascending",
  customer: "ascending",
  status: "ascending",
  priority: "descending",
  assignee: "ascending",
  changed: "descending",
} as const;

export type Column = keyof typeof COLUMNS;

export interface Order {
  column: Column;
  reversed: boolean;
}

/** The latest change first. */
const USUAL: Order = { column: "changed", reversed: false };

export function orderOf(text: string): Order {
  const reversed = text.startsWith("-");
  const column = reversed ? text.slice(1) : text;
  return Object.hasOwn(COLUMNS, column) ? { column: column as Column, reversed } : USUAL;
}

/** Empty for the usual order. */
export function orderText({ column, reversed }: Order): string {
  return reversed ? `-${column}` : column === USUAL.column ? "" : column;
}

/** The order after a click on the header of the column: the other direction, if the list has its order already. */
export function orderAfter(order: Order, column: Column): Order {
  return { column, reversed: order.column === column && !order.reversed };
}

/** The direction of the column's values, for its header; undefined if the list has the order of another column. */
export function directionOf(order: Order, column: Column): "ascending" | "descending" | undefined {
  if (order.column !== column) return undefined;
  return order.reversed ? (COLUMNS[column] === "ascending" ? "descending" : "ascending") : COLUMNS[column];
}
