// Marks of the person's own messages (spec 7.5).
import { expect, test } from "vitest";

import type { Person } from "./proto.ts";
import { marksIn } from "./read_marks.ts";
import type { ChatLine } from "./session_state.ts";
import { AVA, MIA, message } from "./testing/fake_server.ts";
import { pageInChat, pass, server, view, withServer } from "./testing/pages.ts";

withServer();

const SAM: Person = { id: "sam", name: "Sam Okafor", side: "SIDE_ENGINEER" };
const card = { customer: MIA, participants: [MIA, AVA, SAM] };

/** Revision 1 and up: "m" is Mia's message, "a" Ava's, "n" Ava's internal note. */
function linesOf(text: string): ChatLine[] {
  return [...text].map((letter, index) => {
    const internal = letter === "n" && { internal: true as const };
    const by = letter === "m" ? MIA : AVA;
    return { kind: "message", key: `${index + 1}`, revision: index + 1, at: "", by, messageId: "", text: "", ...internal };
  });
}

type Numbers = Record<string, number>;

function marks(text: string, positions: Numbers, received: Numbers = {}, me = "ava") {
  const people = [...new Set([...Object.keys(positions), ...Object.keys(received)])];
  return marksIn({ card, lines: linesOf(text) }, new Map(people.map((id) => [id, { read: positions[id] ?? 0, got: received[id] ?? 0 }])), me);
}

function shown(text: string, positions: Numbers) {
  const { sent, seen } = marks(text, positions);
  return [sent, seen?.key, seen?.by.map((person) => person.id)];
}

test.each([
  ["nothing of one's own", "mm", { mia: 2 }, [undefined, undefined, undefined]],
  ["not read", "maa", {}, ["3", undefined, undefined]],
  ["read to the end", "maam", { mia: 4 }, [undefined, "3", ["mia"]]],
  ["read in part", "maaam", { mia: 2 }, ["4", "2", ["mia"]]],
  ["read by two, one of them further", "maaa", { mia: 3, sam: 2 }, ["4", "3", ["mia"]]],
  ["read by two", "maaa", { mia: 4, sam: 4 }, [undefined, "4", ["mia", "sam"]]],
  ["a note is read by engineers only", "man", { mia: 3 }, ["3", "2", ["mia"]]],
  ["a note", "man", { mia: 3, sam: 3 }, [undefined, "3", ["sam"]]],
  ["own positions, and those of people who have left", "ma", { ava: 2, tom: 2 }, ["2", undefined, undefined]],
])("%s", (_, text, positions, marks) => {
  // spec 7.5
  expect(shown(text, positions as Record<string, number>)).toEqual(marks);
});

test.each([
  ["received to the end", "aa", {}, { mia: 2 }, { delivered: "2" }],
  ["received in part", "aaa", {}, { mia: 2 }, { sent: "3", delivered: "2" }],
  ["read in part", "aaaa", { mia: 1 }, { mia: 3 }, { sent: "4", delivered: "3", seen: "1" }],
  ["read further than reported", "aa", { mia: 2 }, { mia: 1 }, { seen: "2" }],
  ["received by a colleague only", "aa", {}, { sam: 2 }, { sent: "2" }],
  ["a note is received by engineers only", "an", {}, { mia: 2 }, { sent: "2", delivered: "1" }],
  ["a note that a colleague has", "an", {}, { sam: 2 }, { delivered: "2" }],
  ["one's own other page, and people who have left", "a", {}, { ava: 1, tom: 1 }, { sent: "1" }],
])("%s", (_, text, positions, received, expected) => {
  // spec 7.5
  const { seen, ...rest } = marks(text, positions as Numbers, received as Numbers);
  expect({ ...rest, seen: seen?.key }).toEqual(expected);
});

test("a customer's message is delivered when one of several engineers has it", () => {
  // spec 7.5
  expect(marks("mm", {}, { sam: 2 }, "mia")).toEqual({ delivered: "2" });
});

test("a mark moves with the other person's position, live and after a reload, and goes with the end of the chat", async () => {
  // spec 7.5
  const store = await pageInChat();
  expect(view(store).marks).toEqual({ sent: "mia:open-s1" });
  server.commit("s1", AVA, "join", { participantJoined: { person: AVA } }, { statusChanged: { to: "CHAT_STATUS_HANDLED" } });
  const readBy = (revision: number, sessionId = "s1") => server.publish({ t: "read", sessionId, personId: "ava", revision });
  readBy(2);
  await pass(50);
  expect(view(store).marks).toEqual({ seen: { key: "mia:open-s1", by: [AVA] } });

  server.commit("s1", MIA, "two", message("two", "two"));
  readBy(1); // out of order
  await pass(50);
  expect(view(store).marks).toEqual({ sent: "mia:two", seen: { key: "mia:open-s1", by: [AVA] } });

  const before = view(store);
  readBy(2);
  readBy(9, "s9"); // a session that this page does not hold
  await pass(50);
  expect(view(store)).toBe(before);

  server.commit("s1", AVA, "end", { statusChanged: { to: "CHAT_STATUS_COMPLETED" } }, { sessionCompleted: {} });
  await pass(50);
  expect(view(store).marks).toEqual({});
});

test("a position that moves no mark renders nothing", async () => {
  // spec 7.5
  const store = await pageInChat();
  server.commit("s1", AVA, "join", { participantJoined: { person: AVA } });
  server.commit("s1", AVA, "hello", message("hello", "hello"));
  server.publish({ t: "read", sessionId: "s1", personId: "ava", revision: 2 });
  await pass(50);
  const before = view(store);
  server.publish({ t: "read", sessionId: "s1", personId: "ava", revision: 3 });
  await pass(50);
  expect(view(store)).toBe(before);
});
