import "../tokens.css";
import "../base.css";

export { ChatWindow, type ChatWindowProps } from "./chat_window";
export { useUnreadDivider } from "./unread_divider";
export type { CannedReplies, NoteChoice } from "./composer";
export { filled } from "./replies";
export type { ConnectionState } from "./connection_state";
export type { ChatAction, ChatItem, ChatMember, ChatPerson, MessageState, ReadMarks } from "./model";
