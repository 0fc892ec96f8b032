// A transfer (spec 13.2) in the state of a session and in its lines. services/chat/domain/transfer.py has the same rules.
import type { Person, SessionCard, SessionEntry, SessionEvent, Transfer } from "./proto.ts";

export type TransferFact =
  | { what: "transferAsked"; by: Person; asked: readonly Person[]; board: string } // board: its name, empty for one engineer
  | { what: "transferAccepted"; by: Person; who: Person }
  | { what: "transferDeclined" | "transferWithdrawn"; who: Person }
  | { what: "transferExpired" };

/** What the event of a transfer changes. */
export function transferred(card: SessionCard, event: SessionEvent, entry: SessionEntry): Partial<SessionCard> {
  if (event.transferAsked) {
    const { engineers = [], expiresAt, boardId = "", boardName = "" } = event.transferAsked;
    return { transfer: { by: entry.by, asked: engineers, at: entry.at, expiresAt, boardId, boardName } };
  }
  if (event.transferAccepted) return { transfer: undefined, takenBy: event.transferAccepted.engineer };
  if (event.transferDeclined) return { transfer: withoutAsked(card.transfer, event.transferDeclined.engineer) };
  return event.transferExpired || event.transferWithdrawn ? { transfer: undefined } : {};
}

/** Without an engineer who declined, or joined in another way. It is over when nobody is left who was asked. */
export function withoutAsked(transfer: Transfer | undefined, person: Person | undefined): Transfer | undefined {
  const asked = transfer?.asked?.filter(({ id }) => id !== person?.id) ?? [];
  return asked.length ? { ...transfer, asked } : undefined;
}

/** It is over when the person who asked has left. */
export function afterLeaving(transfer: Transfer | undefined, person: Person | undefined): Transfer | undefined {
  return transfer?.by?.id === person?.id ? undefined : transfer;
}

/**
 * The line of the event; undefined for an event that is none of a transfer. Null without a line: an accepted transfer has one, without the join
 * of the one engineer and the leave of the other.
 */
export function transferFact(event: SessionEvent, entry: SessionEntry): TransferFact | null | undefined {
  const by = entry.by ?? {};
  if (event.transferAsked) return { what: "transferAsked", by, asked: event.transferAsked.engineers ?? [], board: event.transferAsked.boardName ?? "" };
  if (event.transferAccepted) return { what: "transferAccepted", by: event.transferAccepted.askedBy ?? {}, who: event.transferAccepted.engineer ?? {} };
  if (event.transferDeclined) return { what: "transferDeclined", who: event.transferDeclined.engineer ?? {} };
  if (event.transferExpired) return { what: "transferExpired" };
  if (event.transferWithdrawn) return { what: "transferWithdrawn", who: by };
  const accepted = entry.events?.find((other) => other.transferAccepted)?.transferAccepted;
  const joined = event.participantJoined?.person?.id === accepted?.engineer?.id;
  const left = event.participantLeft?.person?.id === accepted?.askedBy?.id;
  return accepted && (joined || left) ? null : undefined;
}
