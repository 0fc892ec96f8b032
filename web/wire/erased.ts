// A session without a person who was erased (spec 10.6): the same rule as in services/chat/domain/session.py, and the lines of the chat window.
import type { CallbackWish, Person, PersonErased, SessionCard } from "./proto.ts";
import type { ChatLine, SessionState } from "./session_state.ts";

const NAME = "Erased person";
const TEXT = "Erased";

export function withoutPerson(state: SessionState, event: PersonErased): SessionState {
  const personId = event.personId ?? "";
  const card = withoutTexts(withTexts(renamed(state.card, personId), event), personId);
  return { ...state, card, lines: state.lines.map((line) => withoutText(renamed(line, personId), personId, card.customer?.id === personId)) };
}

/** A copy in which each person with this id has another name. */
function renamed<T>(value: T, personId: string): T {
  if (Array.isArray(value)) return value.map((each) => renamed(each, personId)) as T;
  if (typeof value !== "object" || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([name, each]) => [name, renamed(each, personId)])) as T;
  const person: Person = copy as Person;
  return person.side && person.id === personId ? { ...copy, name: NAME } : copy;
}

/** With the texts of others in which the person's name is replaced. */
function withTexts(card: SessionCard, event: PersonErased): SessionCard {
  const next = { ...card, title: event.title || card.title };
  if (event.closingNote && card.closeRecord) next.closeRecord = { ...card.closeRecord, note: event.closingNote };
  if (event.callbackNote && card.callback) next.callback = { ...card.callback, note: event.callbackNote };
  if (event.comment && card.feedback) next.feedback = { ...card.feedback, comment: event.comment };
  return next;
}

function withoutTexts(card: SessionCard, personId: string): SessionCard {
  const ofCustomer = card.customer?.id === personId;
  const next = { ...card };
  if (ofCustomer) {
    if (card.contact) next.contact = {};
    if (card.callback) next.callback = withoutReply(card.callback);
    if (card.feedback?.comment) next.feedback = { ...card.feedback, comment: TEXT };
  }
  if (ofCustomer || card.creator?.id === personId) next.title = TEXT;
  if (card.closeRecord && (ofCustomer || card.closeRecord.by?.id === personId)) {
    next.closeRecord = { ...card.closeRecord, note: card.closeRecord.note ? TEXT : "" };
  }
  return next;
}

function withoutReply(wish: CallbackWish): CallbackWish {
  const next = { ...wish };
  for (const field of ["phone", "note", "extension", "unconfirmed"] as const) delete next[field];
  return next;
}

function withoutText(line: ChatLine, personId: string, ofCustomer: boolean): ChatLine {
  if (line.kind === "message") return line.by.id === personId || (line.internal && ofCustomer) ? { ...line, text: TEXT, files: undefined } : line;
  return line.what === "commented" && line.who.id === personId ? { ...line, comment: TEXT } : line;
}
