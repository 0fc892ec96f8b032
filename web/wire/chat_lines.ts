// The lines that an entry adds to a conversation. They hold facts only; the apps' catalogues hold the texts.
import type { Person, SessionEntry, SessionEvent } from "./proto.ts";

export type SystemFact =
  | { what: "joined" | "left"; who: Person }
  | { what: "invited"; who: Person; by: Person }
  | { what: "abandoned" | "declined" | "expired" | "withdrawn" | "callback" | "unattended" | "attended" | "closed" }
  | { what: "ticket"; ticketId: string; ticketNumber: number };

export type ChatLine =
  | { kind: "message"; key: string; revision: number; at: string; by: Person; messageId: string; text: string }
  | ({ kind: "system"; key: string; revision: number; at: string } & SystemFact);

/** A message's key: its sender and the sender's own message id. It stays the same before and after acceptance. */
export function messageKey(personId: string, messageId: string): string {
  return `${personId}:${messageId}`;
}

export function linesOf(entry: SessionEntry): ChatLine[] {
  const lines: ChatLine[] = [];
  const [revision, at, by] = [entry.revision ?? 0, entry.at ?? "", entry.by ?? {}];
  (entry.events ?? []).forEach((event, index) => {
    if (event.messagePosted) {
      const { messageId = "", text = "" } = event.messagePosted;
      lines.push({ kind: "message", key: messageKey(by.id ?? "", messageId), revision, at, by, messageId, text });
      return;
    }
    const fact = factOf(event, entry);
    if (fact) lines.push({ kind: "system", key: `${revision}.${index}`, revision, at, ...fact });
  });
  return lines;
}

function factOf(event: SessionEvent, entry: SessionEntry): SystemFact | null {
  const by = entry.by ?? {};
  if (event.participantJoined) {
    // The opener joins with the first entry; that adds no line.
    const who = event.participantJoined.person ?? {};
    return entry.revision === 1 && who.id === by.id ? null : { what: "joined", who };
  }
  if (event.participantLeft) return { what: "left", who: event.participantLeft.person ?? {} };
  if (event.engineerInvited) return { what: "invited", who: event.engineerInvited.engineer ?? {}, by };
  if (event.callbackAsked) return { what: "callback" };
  if (event.unattendedChanged) return { what: event.unattendedChanged.unattended ? "unattended" : "attended" };
  if (event.sessionCompleted) return { what: "closed" };
  if (event.ticketLinked) {
    return { what: "ticket", ticketId: event.ticketLinked.ticketId ?? "", ticketNumber: event.ticketLinked.ticketNumber ?? 0 };
  }
  switch (event.statusChanged?.step) {
    case "STEP_ABANDON":
      return { what: "abandoned" };
    case "STEP_DECLINE":
      return { what: "declined" };
    case "STEP_EXPIRE":
      return { what: "expired" };
    case "STEP_WITHDRAW":
      return { what: "withdrawn" };
    default:
      return null;
  }
}
