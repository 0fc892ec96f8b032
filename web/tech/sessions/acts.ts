import { signal } from "@preact/signals";

import { toast, toastWhenSlow } from "../../ui";
import { Refused, type SessionCard, type Store, type Transfer, isLive, isolated, unsentOf } from "../../wire/index.ts";
import type { AppState } from "../app_state";
import { refusalText, toastFailure } from "../refusal";
import { texts } from "../texts";
import { isAsked, isIn, isInvited } from "./tabs";

// Long enough to choose "Join anyway"; the card of the chat offers Join after that.
const JOINED_FIRST_MS = 30_000;

/** Sessions with an action in progress. Their buttons ignore a second click. */
export const busy = signal<ReadonlySet<string>>(new Set());

/** Rejects as the work does, after the buttons are free again. */
async function alone(id: string, work: () => Promise<void>): Promise<void> {
  if (busy.value.has(id)) return;
  busy.value = new Set(busy.value).add(id);
  try {
    await work();
  } finally {
    const rest = new Set(busy.value);
    rest.delete(id);
    busy.value = rest;
  }
}

/**
 * Joins with one click (spec 3.5). Opens the window if the engineer is already in. A second engineer is shown who was first, also for an
 * unattended session (spec 3.12). An invited engineer need not be first.
 */
export function join(app: AppState, id: string, mode?: "also"): Promise<void> {
  return alone(id, async () => {
    const card = app.store.cards.value.get(id);
    const me = app.me.value.id ?? "";
    if (card && isIn(card, me)) return app.windows.open(id);
    await app.store.join(id, mode ?? (card && isInvited(card, me) ? "also" : "take"));
    app.windows.open(id);
  }).catch((error: unknown) => explainRefusedJoin(app, id, error, mode));
}

function explainRefusedJoin(app: AppState, id: string, error: unknown, mode?: "also"): void {
  const applies = stands(app, id, (card) => isLive(card) && !isIn(card, app.me.value.id ?? ""));
  if (!(error instanceof Refused) || error.code !== "joined_first") {
    const retry = { label: texts.alerts.join, onSelect: () => void join(app, id, mode) };
    toastFailure(error, texts.chat.joinFailed, { while: applies, action: retry });
    return;
  }
  const winner = error.details.person_name ?? texts.chat.someone;
  const { title = "" } = app.store.cards.peek().get(id) ?? {};
  const anyway = { label: texts.chat.joinAnyway, onSelect: () => void join(app, id, "also") };
  // The chat may have ended before the answer; the person is told all the same (spec 3.5).
  const until = applies() ? { while: applies, shownMs: JOINED_FIRST_MS } : { brief: true };
  toast(texts.chat.joinedFirst(isolated(winner), isolated(title)), { tone: "danger", action: error.details.may_join === "true" ? anyway : undefined, ...until });
}

/** Whether the toast of a failed action is still of use: the action is not tried again, and `applies` to the chat. */
function stands({ store }: AppState, id: string, applies: (card: SessionCard) => boolean): () => boolean {
  // An alert may arrive before the card of its chat.
  let listed = false;
  return () => {
    const card = store.cards.value.get(id);
    listed ||= card !== undefined;
    return !busy.value.has(id) && (card ? applies(card) : !listed);
  };
}

/** Answers or withdraws a transfer (spec 13.2). Accepting opens the window. */
export function answerTransfer(app: AppState, id: string, answer: "accept" | "decline" | "withdraw"): Promise<void> {
  const { transfer, title } = app.store.cards.peek().get(id) ?? {};
  return alone(id, async () => {
    await app.store.answerTransfer(id, answer);
    if (answer === "accept") app.windows.open(id);
  }).catch((error: unknown) => {
    const over = whyOver(error, transfer, title);
    if (over) return void toast(over, { tone: "danger", brief: true });
    const me = app.me.value.id ?? "";
    toastFailure(error, texts.transfer.failed, { while: stands(app, id, (card) => isAsked(card, me) || card.transfer?.by?.id === me) });
  });
}

/** What an engineer is told whose answer to this transfer came too late; empty if it failed otherwise. */
function whyOver(error: unknown, transfer: Transfer | undefined, title = ""): string {
  if (!(error instanceof Refused)) return "";
  const { code, details, kind } = error;
  // An engineer of the asked board alone may not see the chat after the transfer.
  if (kind === "not_found" || code === "not_yours") return texts.transfer.over;
  if (code !== "transfer_over") return "";
  const name = isolated(details.person_name ?? "");
  if (name && transfer?.asked?.some(({ id }) => id === details.person_id)) return texts.transfer.takenOver(name, isolated(title));
  return name ? texts.transfer.overNow(name) : texts.transfer.over;
}

/** A push chat whose customer has not answered yet. */
export function isUnanswered(card: SessionCard): boolean {
  return card.status === "CHAT_STATUS_WAITING" && card.type === "CHAT_TYPE_PUSH";
}

/** Leaves a chat, or withdraws an unanswered push chat. The window closes. */
export function leave(app: AppState, card: SessionCard): Promise<void> {
  const id = card.sessionId ?? "";
  return alone(id, async () => {
    const done = toastWhenSlow(() => unsent(app, id));
    try {
      await (isUnanswered(card) ? app.store.withdraw(id) : app.store.leave(id));
      app.windows.close(id);
    } finally {
      done();
    }
  }).catch((error: unknown) => toastFailure(error, texts.sessions.leaveFailed, { while: stands(app, id, (now) => isIn(now, app.me.value.id ?? "")) }));
}

/** Leaves all chats that have ended (spec 3.14). */
export function leaveEnded(app: AppState): void {
  for (const card of endedOf(app)) void leave(app, card);
}

export function endedOf({ tabs }: AppState): SessionCard[] {
  return tabs.value.mine.filter((card) => card.status === "CHAT_STATUS_COMPLETED");
}

function unsent({ store }: AppState, id: string) {
  const { length } = unsentOf(store.sessionOf(id).peek());
  return length ? { text: texts.chat.unsent(length), action: { label: texts.chat.leaveAnyway, onSelect: () => discardUnsent(store, id) } } : null;
}

/** Discards the unsent messages, so that an end or leave that waits for them goes on. */
export function discardUnsent(store: Store, id: string): void {
  for (const { commandId } of unsentOf(store.sessionOf(id).peek())) store.discard(id, commandId);
}

/** Whether the engineer may leave now (spec 4.9). The server checks again (spec 1.14). */
export function mayLeave(app: AppState, card: SessionCard): boolean {
  if (card.status !== "CHAT_STATUS_HANDLED") return true;
  const others = (card.participants ?? []).filter((person) => person.side === "SIDE_ENGINEER" && person.id !== app.me.value.id);
  return others.some((person) => ["PRESENCE_ONLINE", "PRESENCE_AWAY"].includes(app.store.presenceOf(person.id ?? "").value));
}

export function pushChat(app: AppState, ticketId: string): Promise<void> {
  return alone(ticketId, async () => {
    app.windows.open(await app.store.pushChat(ticketId));
  }).catch((error: unknown) => {
    toast(refusalText(error, texts.ticket.pushFailed), { tone: "danger", while: () => !busy.value.has(ticketId) });
  });
}

export function joinOldest(app: AppState): void {
  const oldest = app.tabs.value.waiting.find((card) => !isAsked(card, app.me.value.id ?? ""));
  if (oldest) void join(app, oldest.sessionId ?? "");
  else toast(texts.palette.nobodyWaits);
}
