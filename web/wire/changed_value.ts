// A change of a ticket has its values as text in the server's language (TicketChange).
import type { Priority, TicketStatus } from "./proto.ts";

type Texts = { readonly status: Partial<Record<TicketStatus, string>>; readonly priority: Partial<Record<Priority, string>> };

/** The value in the page's language, if the field is a status or a priority: "In progress" is TICKET_STATUS_IN_PROGRESS. Else as it is. */
export function changedValue(field: string, value: string, texts: Texts): string {
  const name = value.toUpperCase().replaceAll(" ", "_");
  const text = field === "status" ? texts.status[`TICKET_STATUS_${name}` as TicketStatus] : field === "priority" ? texts.priority[`PRIORITY_${name}` as Priority] : "";
  return text || value;
}
