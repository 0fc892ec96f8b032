import type { ChatFile } from "../../wire/proto.ts";
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

/** sending: in flight; waiting: for the connection; slowed: by the rate limit; failed: refused, can be retried. Undefined: sent. */
export type MessageState = "sending" | "waiting" | "slowed" | "failed";

/** A file of a message, and the address that downloads it. */
export type SentFile = ChatFile & { url: string };

/** An item of the log, in the session's order. Keys are unique and do not change when a message is sent. `internal`: only engineers see it. */
export type ChatItem =
  | { kind: "message"; key: string; by: ChatPerson; text: string; files?: readonly SentFile[]; at: Moment; internal?: boolean; state?: MessageState; whyFailed?: string }
  | { kind: "system"; key: string; text: string; at: Moment; actions?: ChatAction[] };

/**
 * Keys of own messages. `sent`: the last one, while no page of the other side has it. `delivered`: the last one that such a page has, while
 * nobody has read it. `seen`: the last one that others have read; `names` may be empty.
 */
export interface ReadMarks {
  sent?: string;
  delivered?: string;
  seen?: { key: string; names: string[] };
}

/** Someone in the people strip. */
export interface ChatMember extends ChatPerson {
  presence?: PresenceState;
  /** Invited, not in the chat yet. */
  invited?: boolean;
}

export type ChatMessageItem = Extract<ChatItem, { kind: "message" }>;

export type ChatRow =
  | { kind: "day"; key: string; text: string }
  | { kind: "new"; key: string }
  | { kind: "system"; key: string; item: Extract<ChatItem, { kind: "system" }> }
  | { kind: "group"; key: string; by: ChatPerson; at: Moment; internal: boolean; items: ChatMessageItem[] };

const GROUP_MS = 5 * 60_000;

/** The rows of the log: a divider at each new day and at the first unread item; a sender's messages, or internal notes, within five minutes form a group. */
export function rowsOf(items: ChatItem[], unreadFrom: string | undefined, now: Moment): ChatRow[] {
  const rows: ChatRow[] = [];
  let day = "";
  for (const item of items) {
    const date = new Date(toMs(item.at)).toDateString();
    if (date !== day) {
      // A conversation of today needs no day divider.
      if (day || date !== new Date(toMs(now)).toDateString()) rows.push({ kind: "day", key: `day:${date}`, text: dayName(item.at, now) });
      day = date;
    }
    // Above the first message, the divider has no use.
    if (item.key === unreadFrom && rows.some((row) => row.kind === "group")) rows.push({ kind: "new", key: "new" });
    const last = rows.at(-1);
    const internal = item.kind === "message" && Boolean(item.internal);
    if (item.kind === "system") {
      rows.push({ kind: "system", key: item.key, item });
    } else if (last?.kind === "group" && last.by.id === item.by.id && last.internal === internal && toMs(item.at) - toMs(last.at) < GROUP_MS) {
      last.items.push(item);
    } else {
      rows.push({ kind: "group", key: `group:${item.key}`, by: item.by, at: item.at, internal, items: [item] });
    }
  }
  return rows;
}
