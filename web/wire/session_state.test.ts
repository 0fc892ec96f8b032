import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

import { expect, test } from "vitest";

import { stateHash } from "./digest.ts";
import type { SessionCard, SessionEntry } from "./proto.ts";
import { apply, merge, type SessionState } from "./session_state.ts";

type Case = { name: string; entries: SessionEntry[]; after: SessionCard };

// services/chat/domain/session.py is tested with the same files.
const folder = resolve(import.meta.dirname, "../../tests/cases/session");
const cases = readdirSync(folder).map((file) => JSON.parse(readFileSync(resolve(folder, file), "utf8")) as Case);

function fold(entries: readonly SessionEntry[], from: SessionState | null = null): SessionState {
  return entries.reduce<SessionState | null>((state, entry) => {
    const next = apply(state, entry, "engineer");
    if (next === "gap") throw new Error(`gap at ${entry.revision}`);
    return next;
  }, from) as SessionState;
}

test.each(cases)("$name", ({ entries, after }) => {
  expect(fold(entries).card).toMatchObject(after);
});

test.each(cases)("old state + later events = fresh state, from every revision: $name", ({ entries }) => {
  const fresh = fold(entries);
  for (let stop = 1; stop <= entries.length; stop++) {
    const old = fold(entries.slice(0, stop));
    expect(fold(entries.slice(stop), old)).toEqual(fresh);
    expect(merge(old, { entries: entries.slice(stop) }, "engineer")).toEqual(fresh);
    expect(stateHash(fold(entries.slice(stop), old))).toBe(stateHash(fresh));
  }
});

test.each(cases)("a repeated entry changes nothing, one that arrives too early is a gap: $name", ({ entries }) => {
  const state = fold(entries);
  for (const entry of entries) expect(apply(state, entry, "engineer")).toBe(state);
  expect(apply(state, { ...entries[0], revision: entries.length + 2 }, "engineer")).toBe("gap"); // spec 3.7
  if (entries.length > 1) expect(apply(null, entries[1] as SessionEntry, "engineer")).toBe("gap");
});

test("a customer's state holds no contact and no close record", () => {
  for (const { entries } of cases) {
    const state = merge(null, { entries }, "customer") as SessionState;
    expect(state.card.contact).toBeUndefined();
    if (!entries.some((entry) => entry.events?.some((event) => event.closeNoted))) expect(state.card.closeRecord).toBeUndefined();
  }
});

test("joins, leaves, invitations and the end are lines of the conversation; the join of the person who opened it is not", () => {  // spec 3.10
  const lines = cases.flatMap(({ entries }) => fold(entries).lines);
  expect(new Set(lines.flatMap((line) => (line.kind === "system" ? [line.what] : [])))).toContain("invited");
  const ended = fold(cases.find((one) => one.name.includes("new ticket"))?.entries ?? []).lines;
  expect(ended.map((line) => (line.kind === "message" ? line.text : line.what))).toEqual([
    "Printer is on fire", "Hello? \u{1f525}", "joined", "I am on it", "closed", "ticket", "left",
  ]);
});

test("two conversations with different texts have different hashes", () => {
  const [one] = cases as [Case];
  const state = fold(one.entries);
  const other = { ...state, lines: state.lines.map((line) => (line.kind === "message" ? { ...line, text: `${line.text}!` } : line)) };
  expect(stateHash(other)).not.toBe(stateHash(state));
});
