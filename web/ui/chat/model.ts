import type { Moment } from "../time/clock";
import { toMs } from "../time/clock";
import { dayName } from "../time/format";
import type { PresenceState } from "../person/avatar";

export interface ChatPerson {
  id: string;
  name: string;
  side: "engineer" | "customer";
}

export interface ChatAction {
  label: string;
  onSelect: () => void;
  primary?: boolean;
  disabled?: boolean;
  hint?: string;
}

/** sending: on its way; waiting: kept until the line is back; slowed: too many at once; failed: refused, may be tried again. Left out: sent. */
export type MessageState = "sending" | "waiting" | "slowed" | "failed";

/** What stands in the log, in the order of the session. Keys are unique and stay when a message goes from sending to sent. */
export type ChatItem =
  | { kind: "message"; key: string; by: ChatPerson; text: string; at: Moment; state?: MessageState; whyFailed?: string }
  | { kind: "system"; key: string; text: string; at: Moment; actions?: ChatAction[] };

/** Someone in the people strip. */
export interface ChatMember extends ChatPerson {
  presence?: PresenceState;
  /** Asked to come, not here yet. */
  invited?: boolean;
}

export type ChatMessageItem = Extract<ChatItem, { kind: "message" }>;

export type ChatRow =
  | { kind: "day"; key: string; text: string }
  | { kind: "new"; key: string }
  | { kind: "system"; key: string; item: Extract<ChatItem, { kind: "system" }> }
  | { kind: "group"; key: string; by: ChatPerson; at: Moment; items: ChatMessageItem[] };

const GROUP_MS = 5 * 60_000;

/** Items as they are drawn: a line at each new day, one at the first unread, messages of a sender within five minutes together. */
export function rowsOf(items: ChatItem[], unreadFrom: string | undefined, now: Moment): ChatRow[] {
  const rows: ChatRow[] = [];
  let day = "";
  for (const item of items) {
    const date = new Date(toMs(item.at)).toDateString();
    if (date !== day) {
      // A conversation of today needs no line that says so.
      if (day || date !== new Date(toMs(now)).toDateString()) rows.push({ kind: "day", key: `day:${date}`, text: dayName(item.at, now) });
      day = date;
    }
    // Above the first message of all it would say nothing.
    if (item.key === unreadFrom && rows.some((row) => row.kind === "group")) rows.push({ kind: "new", key: "new" });
    const last = rows.at(-1);
    if (item.kind === "system") {
      rows.push({ kind: "system", key: item.key, item });
    } else if (last?.kind === "group" && last.by.id === item.by.id && toMs(item.at) - toMs(last.at) < GROUP_MS) {
      last.items.push(item);
    } else {
      rows.push({ kind: "group", key: `group:${item.key}`, by: item.by, at: item.at, items: [item] });
    }
  }
  return rows;
}
