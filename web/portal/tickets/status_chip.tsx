import { CircleCheck, CircleDot, Hourglass, Sparkle } from "lucide-preact";

import { Chip, type Icon, type Tone } from "../../ui";
import type { TicketStatus } from "../../wire";
import { texts } from "../texts";

const LOOKS: Record<TicketStatus, { tone: Tone; icon: Icon }> = {
  TICKET_STATUS_UNSPECIFIED: { tone: "neutral", icon: CircleDot },
  TICKET_STATUS_NEW: { tone: "accent", icon: Sparkle },
  TICKET_STATUS_IN_PROGRESS: { tone: "ok", icon: CircleDot },
  TICKET_STATUS_WAITING_CUSTOMER: { tone: "warn", icon: Hourglass },
  TICKET_STATUS_CLOSED: { tone: "neutral", icon: CircleCheck },
};

export function StatusChip({ status = "TICKET_STATUS_UNSPECIFIED" }: { status?: TicketStatus }) {
  const { tone, icon } = LOOKS[status];
  return (
    <Chip tone={tone} icon={icon}>
      {texts.status[status]}
    </Chip>
  );
}
