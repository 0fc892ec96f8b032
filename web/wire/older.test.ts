import { expect, test } from "vitest";

import { AVA, FakeServer, MIA, message } from "./testing/fake_server.ts";
import { createStore } from "./store.ts";
import { page, pass, server, withServer } from "./testing/pages.ts";
import type { Store } from "./model.ts";

withServer();

const OLDER = "CHAT_STATUS_CALLBACK";

function callback(on: FakeServer, id: string): void {
  const sessionOpened = { type: "CHAT_TYPE_REQUEST", status: OLDER, title: id, customer: MIA } as const;
  on.commit(id, MIA, `open-${id}`, { sessionOpened }, { participantJoined: { person: MIA } });
}

const ids = (store: Store): (string | undefined)[] => store.older.value[OLDER].cards.map((card) => card.sessionId);

test("older sessions are counted and loaded page by page, and a change is followed", async () => {
  for (const id of ["c1", "c2", "c3"]) callback(server, id);
  for (const id of ["c1", "c2"]) server.commit(id, {}, "older", { becameOlder: {} });
  const store = await page();
  expect([ids(store), store.older.value[OLDER].total]).toEqual([["c2", "c1"], 2]);

  server.commit("c3", {}, "older", { becameOlder: {} });
  await pass(4_000);
  expect([ids(store), store.older.value[OLDER].total, store.older.value[OLDER].next !== ""]).toEqual([["c3", "c2"], 3, true]);
  server.digest();
  await pass(100);

  void store.moreOlder(OLDER);
  await pass(100);
  expect(ids(store)).toEqual(["c3", "c2", "c1"]);
  expect([...store.cards.value.keys()].sort()).toEqual(["c1", "c2", "c3"]);
  expect(server.calls.filter((call) => call === "GET /start")).toHaveLength(1);

  server.commit("c2", AVA, "close", { statusChanged: { from: OLDER, to: "CHAT_STATUS_COMPLETED", step: "STEP_COMPLETE" } }, { sessionCompleted: {} });
  await pass(4_000);
  expect([ids(store), store.older.value[OLDER].total]).toEqual([["c3", "c1"], 2]);
});

test("a failed fetch of older sessions is repeated", async () => {
  let fails = true;
  server.routes.set("GET /older-sessions", () => (fails ? { status: 503, body: {} } : { status: 200, body: { cards: [{ sessionId: "c1" }], total: 1 } }));
  const store = await page();
  fails = false;
  await pass(20_000);
  expect(ids(store)).toEqual(["c1"]);
});

test("a start fetches the person's sessions with unread messages, and those on screen", async () => {
  const desk = new FakeServer("tech", AVA);
  for (const id of ["s1", "s2", "s3"]) {
    desk.open(id);
    desk.commit(id, AVA, `join-${id}`, { participantJoined: { person: AVA } }, { statusChanged: { from: "CHAT_STATUS_WAITING", to: "CHAT_STATUS_HANDLED", step: "STEP_JOIN" } });
  }
  for (const id of ["s1", "s3"]) desk.read(id, 2);
  const store = createStore("tech", { fetch: desk.fetch, WebSocket: desk.WebSocket, onSignedOut: () => undefined });
  store.start();
  await pass(100);
  const fetched = (): string[] => desk.calls.filter((call) => call.startsWith("GET /sessions/"));
  expect(fetched()).toEqual(["GET /sessions/s2"]);

  void store.openSession("s3");
  await pass(100);
  desk.commit("s1", MIA, "m", message("m", "Are you there?"));
  await pass(100);
  expect(fetched()).toEqual(["GET /sessions/s2", "GET /sessions/s3", "GET /sessions/s1"]);
  expect(store.sessions.value.get("s1")?.unread.count).toBe(1);
  store.stop();
});
