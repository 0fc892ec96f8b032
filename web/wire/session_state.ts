// The state of a session and the lines of its conversation, computed from its entries. services/chat/domain/session.py has the same rules; both run tests/cases/session.
// Pure: old state + entries = the state of a fresh fetch, so a reload and the live events lead to the same screen.
import { callbackAsked, callbackFact, type CallbackFact } from "./callbacks.ts";
import { withoutPerson } from "./erased.ts";
import type { ChatFile, ChatStatus, Invitation, Person, Session, SessionCard, SessionEntry, SessionEvent, SessionReport } from "./proto.ts";
import { afterLeaving, transferFact, transferred, type TransferFact, withoutAsked } from "./transfer.ts";

/** Customers do not see invitations, close records and contacts, neither from the server nor in the computed state. */
export type Audience = "engineer" | "customer";

// Lines hold facts only; the apps' catalogues hold the texts.
export type SystemFact =
  | { what: "joined" | "left"; who: Person }
  | { what: "invited"; who: Person; by: Person }
  | { what: "abandoned" | "declined" | "expired" | "withdrawn" | "cancelled" | "unattended" | "attended" | "closed" }
  | { what: "solved" | "unsolved"; who: Person }
  | { what: "commented"; who: Person; comment: string }
  | CallbackFact
  | TransferFact
  | { what: "ticket"; ticketId: string; ticketNumber: number };

export type ChatLine =
  | { kind: "message"; key: string; revision: number; at: string; by: Person; messageId: string; text: string; files?: readonly ChatFile[]; internal?: true } // internal: a note, which only engineers see
  | ({ kind: "system"; key: string; revision: number; at: string } & SystemFact);

export type SessionState = {
  readonly revision: number; // of the last applied entry, 0 = none
  readonly card: SessionCard;
  readonly lines: readonly ChatLine[];
  readonly opensAt: string | null; // the next opening, while the offer is OUTSIDE_HOURS
  readonly hash: string; // of the last applied entry, in the session's chain
};

/** The state after `entry`. The same object if it was applied before; "gap" if one in between is missing. */
export function apply(state: SessionState | null, entry: SessionEntry, audience: Audience): SessionState | "gap" {
  const revision = entry.revision ?? 0;
  const held = state?.revision ?? 0;
  if (revision <= held) return state ?? "gap";
  if (revision !== held + 1) return "gap";
  let next = state ?? opened(entry, audience);
  for (const event of entry.events ?? []) next = applied(next, event, entry, audience);
  const card = { ...next.card, revision, modifiedAt: entry.at, ...(audience === "engineer" && { report: reportOf(next.card) }) };
  return { ...next, revision, card, hash: entry.hash ?? "", lines: [...next.lines, ...linesOf(entry)] };
}

/** The held state (null = nothing) plus the fetched entries in order. The server's card replaces the computed one. */
export function merge(state: SessionState | null, session: Session, audience: Audience): SessionState | "gap" {
  let next = state;
  for (const entry of session.entries ?? []) {
    const result = apply(next, entry, audience);
    if (result === "gap") return "gap";
    next = result;
  }
  if (!next) return "gap";
  return session.card ? withCard(next, session.card) : next;
}

/** The server's card if it is of the held revision. It may hold more than this audience's entries do. */
export function withCard(state: SessionState, card: SessionCard): SessionState {
  return (card.revision ?? 0) === state.revision ? { ...state, card } : state;
}

/** Spec 3.4: the same as `report_of` in services/chat/domain/report.py. */
function reportOf(card: SessionCard): SessionReport {
  const [first, second] = card.statuses ?? [];
  const waited = card.type === "CHAT_TYPE_REQUEST" && first?.status === "CHAT_STATUS_WAITING" && second;
  const completed = card.status === "CHAT_STATUS_COMPLETED";
  return {
    ...(waited && { waitSeconds: secondsBetween(first.since, second.since) }),
    ...(card.handledAt && { handledAt: card.handledAt }),
    ...(card.handledAt && completed && { durationSeconds: secondsBetween(card.handledAt, card.closedAt) }),
    ...(card.closeRecord?.by && { closedBy: card.closeRecord.by }),
  };
}

function secondsBetween(start: string | undefined, end: string | undefined): number {
  return Math.floor((Date.parse(end ?? "") - Date.parse(start ?? "")) / 1000);
}

function opened(entry: SessionEntry, audience: Audience): SessionState {
  // Without an opening event, the session lost its claim before it began, and this entry voids it.
  const first = entry.events?.[0]?.sessionOpened;
  const status = first?.status ?? "CHAT_STATUS_ABANDONED";
  const waiting = status === "CHAT_STATUS_WAITING";
  const card: SessionCard = {
    sessionId: entry.sessionId,
    revision: 0,
    type: first?.type ?? "CHAT_TYPE_REQUEST",
    status,
    pastStatuses: [],
    title: first?.title ?? "",
    customer: first?.customer ?? entry.by,
    companyId: first?.companyId ?? "",
    companyName: first?.companyName ?? "",
    boardId: first?.boardId ?? "",
    ticketId: first?.ticketId ?? "",
    ticketNumber: first?.ticketNumber ?? 0,
    onTicket: Boolean(first?.ticketId),
    creator: entry.by,
    participants: [],
    invited: [],
    invitations: [],
    openedAt: entry.at,
    unattended: false,
    older: false,
    offer: "OFFER_UNSPECIFIED",
    ticketLink: "TICKET_LINK_UNSPECIFIED",
    statuses: [{ status, since: entry.at }],
  };
  if (audience === "engineer" && first?.contact) card.contact = first.contact;
  if (waiting) card.waitingSince = entry.at;
  else card.closedAt = entry.at;
  return { revision: 0, card, lines: [], opensAt: null, hash: "" };
}

function applied(state: SessionState, event: SessionEvent, entry: SessionEntry, audience: Audience): SessionState {
  const { card } = state;
  const change = (part: Partial<SessionCard>): SessionState => ({ ...state, card: { ...card, ...part } });
  if (event.participantJoined) {
    const person = event.participantJoined.person;
    return change({
      participants: [...without(card.participants, person), ...list(person)],
      invited: without(card.invited, person),
      invitations: notOf(card.invitations, person),
      transfer: withoutAsked(card.transfer, person),
    });
  }
  if (event.participantLeft) {
    const { person } = event.participantLeft;
    return change({ participants: without(card.participants, person), transfer: afterLeaving(card.transfer, person) });
  }
  if (event.statusChanged) return moved(state, event.statusChanged.to, event.statusChanged.step === "STEP_JOIN", entry);
  if (event.engineerInvited) {
    const { engineer } = event.engineerInvited;
    const invitation = { engineer, by: entry.by, at: entry.at };
    return change({
      invited: [...without(card.invited, engineer), ...list(engineer)],
      invitations: [...notOf(card.invitations, engineer), invitation],
    });
  }
  if (event.callbackAsked) return change(callbackAsked(card, event.callbackAsked, entry));
  if (event.offerRaised) return { ...change({ offer: event.offerRaised.offer }), opensAt: event.offerRaised.opensAt ?? null };
  if (event.offerWithdrawn) return { ...change({ offer: "OFFER_UNSPECIFIED" }), opensAt: null };
  if (event.unattendedChanged) {
    if (event.unattendedChanged.unattended) return change({ unattended: true, waitingSince: entry.at });
    // An engineer who re-attends has taken the session. The loser of the race is shown this name (spec 3.5).
    return change({ unattended: false, ...(entry.by?.side === "SIDE_ENGINEER" && { takenBy: entry.by }) });
  }
  if (event.sessionCompleted) {
    const record = { by: entry.by, note: "", modifiedAt: entry.at };
    return change({ closedAt: entry.at, invited: [], invitations: [], transfer: undefined, ...(audience === "engineer" && { closeRecord: record }) });
  }
  if (event.closeNoted) return change({ closeRecord: { by: entry.by, note: event.closeNoted.note ?? "", modifiedAt: entry.at } });
  if (event.feedbackGiven) return change({ feedback: { solved: event.feedbackGiven.solved, comment: "", at: entry.at } });
  if (event.feedbackCommented) return change({ feedback: { ...card.feedback, comment: event.feedbackCommented.comment } });
  if (event.ticketWished) return change({ ticketLink: "TICKET_LINK_PENDING" });
  if (event.ticketLinked) {
    const { ticketId, ticketNumber } = event.ticketLinked;
    return change({ ticketId, ticketNumber, ticketLink: "TICKET_LINK_ATTACHED" });
  }
  if (event.placeChanged) {
    const { boardId, companyId, companyName } = event.placeChanged;
    return change({ boardId, companyId, companyName });
  }
  if (event.becameOlder) return change({ older: true });
  if (event.personErased) return withoutPerson(state, event.personErased);
  if (event.sessionVoided) return change({ closedAt: entry.at });
  return change(transferred(card, event, entry));
}

function moved(state: SessionState, to: ChatStatus | undefined, joined: boolean, entry: SessionEntry): SessionState {
  const status = to ?? "CHAT_STATUS_UNSPECIFIED";
  const { card } = state;
  const pastStatuses = [...(card.pastStatuses ?? []), ...list(card.status)];
  const next: SessionCard = { ...card, status, pastStatuses, statuses: [...(card.statuses ?? []), { status, since: entry.at }] };
  if (status === "CHAT_STATUS_HANDLED") {
    next.handledAt = card.handledAt ?? entry.at;
    next.takenBy = card.takenBy ?? (joined ? entry.by : card.creator);
  } else {
    next.closedAt = entry.at;
  }
  return { ...state, card: next };
}

function without(people: readonly Person[] | undefined, gone: Person | undefined): Person[] {
  return (people ?? []).filter((person) => person.id !== gone?.id);
}

function notOf(invitations: readonly Invitation[] | undefined, gone: Person | undefined): Invitation[] {
  return (invitations ?? []).filter((invitation) => invitation.engineer?.id !== gone?.id);
}

function list<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}

/** A message's key: its sender and the sender's own message id. It stays the same before and after acceptance. */
export function messageKey(personId: string, messageId: string): string {
  return `${personId}:${messageId}`;
}

function linesOf(entry: SessionEntry): ChatLine[] {
  const lines: ChatLine[] = [];
  const [revision, at, by] = [entry.revision ?? 0, entry.at ?? "", entry.by ?? {}];
  (entry.events ?? []).forEach((event, index) => {
    if (event.messagePosted) {
      const { messageId = "", text = "", files } = event.messagePosted;
      lines.push({ kind: "message", key: messageKey(by.id ?? "", messageId), revision, at, by, messageId, text, ...(files?.length && { files }) });
      return;
    }
    if (event.noteWritten) {
      const { noteId = "", text = "" } = event.noteWritten;
      lines.push({ kind: "message", key: messageKey(by.id ?? "", noteId), revision, at, by, messageId: noteId, text, internal: true });
      return;
    }
    const fact = factOf(event, entry);
    if (fact) lines.push({ kind: "system", key: `${revision}.${index}`, revision, at, ...fact });
  });
  return lines;
}

function factOf(event: SessionEvent, entry: SessionEntry): SystemFact | null {
  const by = entry.by ?? {};
  const transfer = transferFact(event, entry);
  if (transfer !== undefined) return transfer;
  if (event.participantJoined) {
    // The opener joins with the first entry; that adds no line.
    const who = event.participantJoined.person ?? {};
    return entry.revision === 1 && who.id === by.id ? null : { what: "joined", who };
  }
  if (event.participantLeft) return { what: "left", who: event.participantLeft.person ?? {} };
  if (event.engineerInvited) return { what: "invited", who: event.engineerInvited.engineer ?? {}, by };
  if (event.callbackAsked) return callbackFact(event.callbackAsked, entry);
  if (event.unattendedChanged) return { what: event.unattendedChanged.unattended ? "unattended" : "attended" };
  if (event.sessionCompleted) return { what: "closed" };
  if (event.feedbackGiven) return { what: event.feedbackGiven.solved === "SOLVED_YES" ? "solved" : "unsolved", who: by };
  if (event.feedbackCommented) return { what: "commented", who: by, comment: event.feedbackCommented.comment ?? "" };
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
      return { what: event.statusChanged.from === "CHAT_STATUS_CALLBACK" ? "cancelled" : "withdrawn" };
    default:
      return null;
  }
}
