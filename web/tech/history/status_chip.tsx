import { CircleCheck, Circle, Hourglass, MessagesSquare, PhoneCall, UserX } from "lucide-preact";

import { Chip, type Icon, type Tone } from "../../ui";
import type { ChatStatus } from "../../wire/index.ts";
import { historyTexts as t } from "./history_texts";

const LOOKS: Record<ChatStatus, [Tone, Icon]> = {
  CHAT_STATUS_UNSPECIFIED: ["neutral", Circle],
  CHAT_STATUS_WAITING: ["warn", Hourglass],
  CHAT_STATUS_HANDLED: ["accent", MessagesSquare],
  CHAT_STATUS_ABANDONED: ["danger", UserX],
  CHAT_STATUS_CALLBACK: ["warn", PhoneCall],
  CHAT_STATUS_COMPLETED: ["ok", CircleCheck],
};

export function ChatStatusChip({ status = "CHAT_STATUS_UNSPECIFIED" }: { status?: ChatStatus }) {
  const [tone, icon] = LOOKS[status];
  return (
    <Chip tone={tone} icon={icon}>
      {t.statuses[status]}
    </Chip>
  );
}
