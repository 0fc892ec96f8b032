import { ChevronsUp, ChevronUp, Circle, CircleCheck, CircleDot, Clock3, Minus, ArrowDown } from "lucide-preact";

import { Chip, type Icon, type Tone } from "../../ui";
import type { Priority, TicketStatus } from "../../wire/index.ts";
import { texts } from "../texts";
import "./chips.css";

const STATUSES: Record<TicketStatus, [Tone, Icon]> = {
  TICKET_STATUS_UNSPECIFIED: ["neutral", Circle],
  TICKET_STATUS_NEW: ["accent", Circle],
  TICKET_STATUS_IN_PROGRESS: ["warn", CircleDot],
  TICKET_STATUS_WAITING_CUSTOMER: ["neutral", Clock3],
  TICKET_STATUS_CLOSED: ["ok", CircleCheck],
};

export const OPEN_STATUSES: TicketStatus[] = ["TICKET_STATUS_NEW", "TICKET_STATUS_IN_PROGRESS", "TICKET_STATUS_WAITING_CUSTOMER"];

/** As options of a list. */
export const PRIORITIES = Object.entries(texts.tickets.priorities)
  .filter(([, label]) => label)
  .map(([value, label]) => ({ value, label }));

const SIGNS: Record<Priority, Icon> = {
  PRIORITY_UNSPECIFIED: Minus,
  PRIORITY_LOW: ArrowDown,
  PRIORITY_NORMAL: Minus,
  PRIORITY_HIGH: ChevronUp,
  PRIORITY_URGENT: ChevronsUp,
};

export function StatusChip({ status = "TICKET_STATUS_UNSPECIFIED" }: { status?: TicketStatus }) {
  const [tone, icon] = STATUSES[status];
  return (
    <Chip tone={tone} icon={icon}>
      {texts.tickets.statuses[status]}
    </Chip>
  );
}

export function PriorityMark({ priority = "PRIORITY_UNSPECIFIED" }: { priority?: Priority }) {
  const Sign = SIGNS[priority];
  return (
    <span class="priority" data-priority={priority}>
      <Sign size={14} aria-hidden="true" /> {texts.tickets.priorities[priority]}
    </span>
  );
}
