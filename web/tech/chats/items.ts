import { serverNow, shortMoment } from "../../ui";
import type { ChatItem, ReadMarks } from "../../ui/chat";
import { type ChatFile, type ChatLine, isolated, messageKey, type Person, sentenceOf, type SessionView } from "../../wire/index.ts";
import { chatPerson } from "../people";
import { texts } from "../texts";

/** The actions of a system line. */
export interface SystemLineActions {
  /** Set while the reader is in the session. */
  onLeave?: () => void;
  onOpenTicket: (ticketId: string) => void;
  fileUrl: (fileId: string) => string;
}

/** The lines of a session and the unsent messages, as items of the chat window. */
export function itemsOf(view: Pick<SessionView, "lines" | "pending">, me: Person, acts: SystemLineActions): ChatItem[] {
  const own = chatPerson(me);
  return [
    ...view.lines.map((line) => itemOf(line, acts)),
    ...view.pending.map(
      (post): ChatItem => ({
        kind: "message",
        key: messageKey(own.id, post.commandId),
        by: own,
        text: post.text,
        files: filesOf(post.files, acts),
        at: post.at,
        internal: post.internal,
        state: post.state,
        whyFailed: (post.error && sentenceOf(post.error)) || undefined,
      }),
    ),
  ];
}

/** Engineers see who has read their messages. */
export function marksOf({ seen, ...rest }: SessionView["marks"] = {}): ReadMarks {
  return { ...rest, seen: seen && { key: seen.key, names: seen.by.map(nameOf) } };
}

function itemOf(line: ChatLine, acts: SystemLineActions): ChatItem {
  if (line.kind === "message") return { kind: "message", key: line.key, by: chatPerson(line.by), text: line.text, at: line.at, files: filesOf(line.files, acts), internal: line.internal };
  const item: ChatItem = { kind: "system", key: line.key, at: line.at, text: textOf(line) };
  if (line.what === "closed" && acts.onLeave) item.actions = [{ label: texts.chat.leave, onSelect: acts.onLeave, primary: true }];
  if (line.what === "ticket") item.actions = [{ label: texts.chat.openTicket, onSelect: () => acts.onOpenTicket(line.ticketId) }];
  return item;
}

function filesOf(files: readonly ChatFile[] | undefined, { fileUrl }: SystemLineActions) {
  return files?.map((file) => ({ ...file, url: fileUrl(file.id ?? "") }));
}

function textOf(line: Extract<ChatLine, { kind: "system" }>): string {
  const t = texts.chat.system;
  switch (line.what) {
    case "joined":
    case "left":
    case "solved":
    case "unsolved":
      return t[line.what](nameOf(line.who));
    case "invited":
      return t.invited(nameOf(line.by), nameOf(line.who));
    case "noAnswer":
      return t.noAnswer(nameOf(line.who), shortMoment(line.nextCallAt, serverNow()));
    case "transferAsked":
      return t.transferAsked(nameOf(line.by), line.board ? isolated(line.board) : nameOf(line.asked[0] ?? {}));
    case "transferAccepted":
      return t.transferAccepted(nameOf(line.by), nameOf(line.who));
    case "transferDeclined":
    case "transferWithdrawn":
      return t[line.what](nameOf(line.who));
    case "commented":
      return t.commented(nameOf(line.who), line.comment);
    case "ticket":
      return t.ticket(line.ticketNumber);
    default:
      return t[line.what];
  }
}

function nameOf(person: Person): string {
  return isolated(person.name ?? texts.chat.someone);
}
