// Internal notes (spec 13.3): sent like messages but never as one, counted as unread, and erased with what is about a customer.
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { Store } from "./model.ts";
import { apply, type SessionState } from "./session_state.ts";
import { createStore } from "./store.ts";
import { AVA, FakeServer, MIA, message, note } from "./testing/fake_server.ts";

const SAM = { id: "sam", name: "Sam Okafor", side: "SIDE_ENGINEER" } as const;
let server: FakeServer;
let stores: Store[];

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  server = new FakeServer("tech", AVA);
  server.open("s1");
  server.commit("s1", AVA, "join", { participantJoined: { person: AVA } }, { statusChanged: { from: "CHAT_STATUS_WAITING", to: "CHAT_STATUS_HANDLED", step: "STEP_JOIN" } });
  stores = [];
});

afterEach(() => {
  for (const store of stores) store.stop();
  vi.useRealTimers();
});

const pass = (milliseconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);

async function page(): Promise<Store> {
  const store = createStore("tech", { fetch: server.fetch, WebSocket: server.WebSocket });
  stores.push(store);
  store.start();
  await pass(100);
  void store.openSession("s1");
  await pass(100);
  return store;
}

const view = (store: Store) => store.sessions.value.get("s1")!;
const sent = () => server.received.flatMap((frame) => (frame.t === "post" || frame.t === "note" ? [[frame.t, frame.text]] : []));

test("notes and messages that were written offline are sent in one order, each as what it is, also after a crash", async () => {
  // spec 7.3, 13.3
  const crashed = await page();
  server.cut();
  crashed.post("s1", "Hello");
  crashed.post("s1", "She had this in March", true);
  crashed.post("s1", "One moment");
  expect(view(crashed).pending.map(({ text, internal, state }) => [text, internal, state])).toEqual([
    ["Hello", undefined, "waiting"],
    ["She had this in March", true, "waiting"],
    ["One moment", undefined, "waiting"],
  ]);
  // A page of an earlier version reads these keys, and would send what it finds there to the customer.
  const keys = Object.keys(localStorage).filter((key) => key.includes(":post:"));
  expect(keys.map((key) => localStorage.getItem(key)).join()).not.toContain("March");
  crashed.stop();
  server.restore();
  const store = await page();
  await pass(12_000);

  expect(sent()).toEqual([["post", "Hello"], ["note", "She had this in March"], ["post", "One moment"]]);
  expect(view(store).pending).toEqual([]);
  expect(view(store).lines.flatMap((line) => (line.kind === "message" && line.internal ? [line.text] : []))).toEqual(["She had this in March"]);
  expect(Object.keys(localStorage).filter((key) => /:(post|note):/.test(key))).toEqual([]);
});

test("a refused note stays a note when it is retried", async () => {
  // spec 7.3, 13.3
  const store = await page();
  const receive = server.receive.bind(server);
  const refusal = { kind: "permission_denied", code: "not_in_session", message: "No." };
  server.receive = (socket, frame) => (frame.t === "note" ? socket.deliver({ t: "refused", commandId: frame.commandId, refusal }) : receive(socket, frame));
  store.post("s1", "Between us", true);
  await pass(100);
  expect(view(store).pending).toMatchObject([{ text: "Between us", internal: true, state: "failed" }]);
  server.receive = receive;
  store.retry("s1", view(store).pending[0]!.commandId);
  await pass(100);
  expect(sent()).toEqual([["note", "Between us"]]);
});

test("a note of somebody else is unread, and told from a message", async () => {
  // spec 7.6, 13.3
  const store = await page();
  const published: unknown[] = [];
  store.onLiveEvent((event) => event.kind === "message" && published.push([event.line.text, event.line.internal]));
  server.commit("s1", SAM, "n1", note("n1", "Offer her a new one"));
  server.commit("s1", MIA, "m1", message("m1", "Hello?"));
  await pass(100);
  expect(view(store).unread).toEqual({ count: 3, from: "mia:open-s1" });
  expect(published).toEqual([["Offer her a new one", true], ["Hello?", undefined]]);
  store.seen("s1");
  await pass(100);
  expect(view(store).unread.count).toBe(0);
});

test("a customer's page takes the note's number and shows nothing", () => {
  // spec 3.7, 13.3
  const hidden = { sessionId: "s1", revision: 3, at: "2026-03-02T09:00:00Z", events: [], hidden: 1, hash: "h3" };
  const before = state("customer");
  const after = apply(before, hidden, "customer") as SessionState;
  expect([after.revision, after.hash]).toEqual([3, "h3"]);
  expect(after.lines).toEqual(before.lines);
});

test.each([
  ["mia", "Erased", "On my way"],
  ["sam", "Erased", "On my way"],
  ["ava", "She cannot print", "Erased"],
])("when %s is erased, the notes about a customer and one's own go", (personId, ofSam, ofAva) => {
  // spec 10.6, 13.3
  const entries = [
    { by: SAM, events: [note("n1", "She cannot print")] },
    { by: AVA, events: [message("m1", "On my way")] },
    { by: {}, events: [{ personErased: { personId } }] },
  ];
  const after = entries.reduce((held, entry, index) => apply(held, { sessionId: "s1", revision: 3 + index, ...entry }, "engineer") as SessionState, state("engineer"));
  expect(after.lines.slice(-2).map((line) => line.kind === "message" && line.text)).toEqual([ofSam, ofAva]);
});

function state(audience: "engineer" | "customer"): SessionState {
  return server.log.get("s1")!.reduce<SessionState | null>((held, entry) => apply(held, entry, audience) as SessionState, null) as SessionState;
}
