import { expect, test } from "vitest";

import type { SessionCard } from "../../wire/index.ts";
import { tabsOf } from "./tabs";

const AVA = { id: "ava", name: "Ava Chen", side: "SIDE_ENGINEER" } as const;
const MIA = { id: "mia", name: "Mia Torres", side: "SIDE_CUSTOMER" } as const;

function card(sessionId: string, part: Partial<SessionCard>): SessionCard {
  return { sessionId, type: "CHAT_TYPE_REQUEST", openedAt: "2026-05-04T09:00:00Z", customer: MIA, creator: MIA, participants: [MIA], ...part };
}

function keysOf(cards: SessionCard[]) {
  const tabs = tabsOf(cards, "ava");
  return Object.fromEntries(Object.entries(tabs).map(([key, list]) => [key, list.map((one) => one.sessionId)]));
}

test("each status has its tab, and the person's own sessions are under My sessions, ended or not", () => {
  // spec 6.2
  const cards = [
    card("waiting", { status: "CHAT_STATUS_WAITING" }),
    card("mine", { status: "CHAT_STATUS_HANDLED", participants: [MIA, AVA] }),
    card("ended", { status: "CHAT_STATUS_COMPLETED", participants: [AVA], openedAt: "2026-05-04T08:00:00Z" }),
    card("abandoned", { status: "CHAT_STATUS_ABANDONED" }),
    card("callback", { status: "CHAT_STATUS_CALLBACK" }),
    card("theirs", { status: "CHAT_STATUS_HANDLED" }),
  ];
  expect(keysOf(cards)).toEqual({ mine: ["mine", "ended"], waiting: ["waiting"], abandoned: ["abandoned"], callbacks: ["callback"] });
});

test("an unattended chat, an invitation and a transfer are under Waiting", () => {
  // spec 3.9, 3.12, 13.2
  const handled = { status: "CHAT_STATUS_HANDLED" } as const;
  const transfer = { by: { ...AVA, id: "sam" }, asked: [AVA] };
  const cards = [card("unattended", { ...handled, unattended: true }), card("invited", { ...handled, invited: [AVA] }), card("asked", { ...handled, transfer })];
  expect(keysOf(cards).waiting).toEqual(["unattended", "invited", "asked"]);
});

test("only its sender sees a waiting push chat", () => {
  // spec 2.9
  const push = { type: "CHAT_TYPE_PUSH", status: "CHAT_STATUS_WAITING" } as const;
  const cards = [card("own", { ...push, creator: AVA, participants: [AVA] }), card("other", { ...push, creator: { ...AVA, id: "sam" }, participants: [] })];
  expect(keysOf(cards)).toEqual({ mine: ["own"], waiting: [], abandoned: [], callbacks: [] });
});

test("older sessions are last, newest first", () => {
  const abandoned = { status: "CHAT_STATUS_ABANDONED" } as const;
  const cards = [
    card("older", { ...abandoned, older: true, openedAt: "2026-05-01T09:00:00Z" }),
    card("old", { ...abandoned, older: true, openedAt: "2026-05-02T09:00:00Z" }),
    card("late", { ...abandoned, openedAt: "2026-05-04T09:02:00Z" }),
    card("early", { ...abandoned, openedAt: "2026-05-04T09:01:00Z" }),
  ];
  expect(keysOf(cards).abandoned).toEqual(["early", "late", "old", "older"]);
});

test("the longest wait comes first", () => {
  const waiting = { status: "CHAT_STATUS_WAITING" } as const;
  const cards = [card("late", { ...waiting, waitingSince: "2026-05-04T09:02:00Z" }), card("early", { ...waiting, waitingSince: "2026-05-04T09:01:00Z" })];
  expect(keysOf(cards).waiting).toEqual(["early", "late"]);
});

test("a call that nobody answered moves a call-back to the time of the next one", () => {
  // spec 4.14
  const callback = { status: "CHAT_STATUS_CALLBACK" } as const;
  const tried = (nextCallAt?: string) => ({ by: AVA, at: "2026-05-04T09:05:00Z", count: 1, nextCallAt });
  const cards = [
    card("tomorrow", { ...callback, openedAt: "2026-05-04T07:00:00Z", callbackTried: tried("2026-05-05T09:00:00Z") }),
    card("later", { ...callback, openedAt: "2026-05-04T08:00:00Z", callbackTried: tried("2026-05-04T10:00:00Z") }),
    card("changed", { ...callback, openedAt: "2026-05-04T08:30:00Z", callbackTried: tried() }),
    card("new", { ...callback, openedAt: "2026-05-04T09:00:00Z" }),
  ];
  expect(keysOf(cards).callbacks).toEqual(["changed", "new", "later", "tomorrow"]);
});
