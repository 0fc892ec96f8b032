import { expect, test } from "vitest";

import type { Person, SessionEvent } from "./proto.ts";
import { apply, type SessionState } from "./session_state.ts";

const MIA: Person = { id: "mia", name: "Mia Torres", side: "SIDE_CUSTOMER" };
const AVA: Person = { id: "ava", name: "Ava Chen", side: "SIDE_ENGINEER" };
const SAM: Person = { id: "sam", name: "Sam Okafor", side: "SIDE_ENGINEER" };

const opening: SessionEvent[] = [
  { sessionOpened: { type: "CHAT_TYPE_REQUEST", status: "CHAT_STATUS_WAITING", title: "Fire", customer: MIA } },
  { participantJoined: { person: AVA } },
  { statusChanged: { from: "CHAT_STATUS_WAITING", to: "CHAT_STATUS_HANDLED", step: "STEP_JOIN" } },
];

/** The lines of a chat after these events, each with its entry's events. */
function linesAfter(audience: "engineer" | "customer", ...entries: [Person, ...SessionEvent[]][]) {
  let state: SessionState | null = null;
  [[MIA, ...opening] as [Person, ...SessionEvent[]], ...entries].forEach(([by, ...events], index) => {
    const next = apply(state, { sessionId: "s", revision: index + 1, at: "2026-03-02T09:00:00Z", by, commandId: `${index}`, events }, audience);
    if (next === "gap") throw new Error("gap");
    state = next;
  });
  return state!;
}

test("an accepted transfer is one line for the customer, without the join and the leave of the same entry", () => {
  // spec 3.10, 13.2
  const accepted: SessionEvent[] = [{ transferAccepted: { askedBy: AVA, engineer: SAM } }, { participantJoined: { person: SAM } }, { participantLeft: { person: AVA } }];
  // Customers receive the entry of the request without its event.
  const { lines, card } = linesAfter("customer", [AVA], [SAM, ...accepted], [SAM, { participantLeft: { person: SAM } }]);
  const facts = lines.slice(1).map((line) => line.kind === "system" && [line.what, "who" in line && line.who.id]);
  expect(facts).toEqual([
    ["transferAccepted", "sam"],
    ["left", "sam"],
  ]);
  expect([card.takenBy?.id, card.participants]).toEqual(["sam", []]);
});

test("another engineer who loses access by an accepted transfer has a line", () => {
  // spec 2.10, 13.2
  const bo: Person = { id: "bo", name: "Bo", side: "SIDE_ENGINEER" };
  const accepted: SessionEvent[] = [{ transferAccepted: { askedBy: AVA, engineer: SAM } }, { participantJoined: { person: SAM } }, { participantLeft: { person: AVA } }];
  const { lines } = linesAfter("engineer", [bo, { participantJoined: { person: bo } }], [SAM, ...accepted, { participantLeft: { person: bo } }]);
  expect(lines.slice(2).map((line) => line.kind === "system" && line.what)).toEqual(["transferAccepted", "left"]);
});
