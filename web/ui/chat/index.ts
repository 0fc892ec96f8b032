import "../tokens.css";
import "../base.css";

export { ChatWindow, type ChatWindowProps } from "./chat_window";
export { useNewLine } from "./new_line";
export type { Line } from "./state_line";
export type { ChatAction, ChatItem, ChatMember, ChatPerson, MessageState } from "./model";
