// Unread counts by read position: the same in every tab and on every device (spec 7.6). Also typing (spec 7.5).
import { afterEach, expect, test, vi } from "vitest";

import type { Store } from "./model.ts";
import { AVA, MIA, message } from "./testing/fake_server.ts";
import { pageInChat, page, pass, server, view, withServer } from "./testing/pages.ts";

withServer();
afterEach(() => void vi.restoreAllMocks());

const writes = (text: string, by = AVA, sessionId = "s1") => server.commit(sessionId, by, text, message(text, text));
const counts = (...stores: Store[]) => stores.map((store) => [view(store).unread.count, store.unread.value]);
const reported = () => server.received.flatMap((frame) => (frame.t === "delivered" ? [[frame.sessionId, frame.revision]] : []));
const marks = () => server.received.flatMap((frame) => (frame.t === "read" ? [frame.revision] : []));
const typing = (store: Store) => view(store).typing.map((person) => person.name);

test("messages of others after the read position are unread in the person's sessions; the person's own message moves the position", async () => {
  // spec 7.6
  const store = await pageInChat();
  expect(counts(store)).toEqual([[0, 0]]);
  for (const text of ["one", "two"]) writes(text);
  server.commit("s1", AVA, "join", { participantJoined: { person: AVA } });
  await pass(50);
  expect(view(store).unread).toEqual({ count: 2, from: "ava:one" });

  writes("mine", MIA);
  writes("three");
  await pass(50);
  expect(view(store).unread).toEqual({ count: 1, from: "ava:three" });
  server.commit("s1", MIA, "gone", { participantLeft: { person: MIA } });
  await pass(50);
  expect(store.unread.value).toBe(0);
});

test("messages seen in one tab are read in the other tab, on another device, and after a reload", async () => {
  // spec 7.6
  const here = await pageInChat();
  const there = await page();
  for (const text of ["one", "two", "three"]) writes(text);
  await pass(50);
  expect(counts(here, there)).toEqual([[3, 3], [3, 3]]);

  here.seen("s1");
  await pass(50);
  expect(counts(here, there)).toEqual([[0, 0], [0, 0]]);
  writes("four");
  await pass(50);
  server.read("s1", 5); // from another device, which has no socket here
  await pass(50);
  expect(counts(here, there, await page())).toEqual([[0, 0], [0, 0], [0, 0]]);
});

test("a lower position and another person's position change nothing", async () => {
  const store = await pageInChat();
  writes("one");
  writes("two");
  await pass(50);
  store.seen("s1");
  writes("three");
  server.publish({ t: "read", sessionId: "s1", personId: "mia", revision: 1 });
  server.publish({ t: "read", sessionId: "s1", personId: "ava", revision: 4 });
  await pass(50);
  expect(view(store).unread).toEqual({ count: 1, from: "ava:three" });
});

test("messages stay unread on a hidden page and in a session that the person only follows", async () => {
  // spec 7.6
  const store = await pageInChat();
  server.commit("s2", AVA, "open", { sessionOpened: { status: "CHAT_STATUS_WAITING", title: "Other", customer: AVA } }, { participantJoined: { person: AVA } });
  await Promise.all([store.openSession("s2"), pass(50)]);
  writes("to somebody else", AVA, "s2");
  writes("one");
  await pass(50);
  const visible = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
  store.seen("s1");
  visible.mockReturnValue("visible");
  store.seen("s2");
  await pass(5_000);
  expect([counts(store), marks()]).toEqual([[[1, 1]], []]);
});

test("a page reports what it holds and nobody has read, once a second, and nothing that is read within one", async () => {
  // spec 7.5
  const store = await pageInChat();
  for (const text of ["one", "two"]) {
    writes(text);
    await pass(300);
  }
  expect(reported()).toEqual([]);
  await pass(3_000);
  expect(reported()).toEqual([["s1", 3]]);

  writes("three");
  await pass(500);
  store.seen("s1");
  writes("mine", MIA);
  await pass(3_000);
  expect(reported()).toEqual([["s1", 3]]);
});

test("a report that may be lost is repeated on the next connection, unless the server knows it", async () => {
  // spec 7.5
  await pageInChat();
  writes("one");
  await pass(2_000);
  const reconnect = async () => {
    server.cut();
    await pass(60_000);
    server.restore();
    await pass(30_000);
  };
  await reconnect();
  expect(reported()).toEqual([["s1", 2], ["s1", 2]]);

  server.routes.set("GET /sessions/s1", () => ({ status: 200, body: { session: { card: server.card("s1"), entries: [] }, reads: [{ sessionId: "s1", personId: "mia", delivered: 2 }] } }));
  await reconnect();
  expect(reported().length).toBe(2);
});

test("a page of a session that its person only follows reports nothing", async () => {
  // spec 7.5
  const store = await pageInChat();
  server.commit("s2", AVA, "open", { sessionOpened: { status: "CHAT_STATUS_WAITING", title: "Other", customer: AVA } }, { participantJoined: { person: AVA } });
  await Promise.all([store.openSession("s2"), pass(50)]);
  writes("to somebody else", AVA, "s2");
  await pass(5_000);
  expect(reported()).toEqual([]);
});

test("positions are sent at most once per second and session, and the last one is always sent", async () => {
  const store = await pageInChat();
  for (const text of ["one", "two", "three", "four"]) {
    writes(text);
    await pass(100);
    store.seen("s1");
  }
  expect(marks()).toEqual([2]);
  await pass(30_000);
  expect(marks()).toEqual([2, 5]);
});

test("an unconfirmed position is retried with back-off and after a reconnect", async () => {
  const store = await pageInChat();
  server.responsesLost = true; // frames arrive, responses do not
  vi.spyOn(server, "read").mockImplementation(() => undefined);
  writes("one");
  server.responsesLost = false;
  store.openSession("s1");
  server.digest();
  await pass(100);
  store.seen("s1");
  await pass(8_000);
  expect(marks()).toEqual([2, 2, 2, 2]); // at once, after 1, 3 and 7 s
  expect(view(store).unread.count).toBe(0);

  server.cut();
  await pass(60_000);
  const before = marks().length;
  vi.mocked(server.read).mockRestore();
  server.restore();
  await pass(10_000);
  expect(marks().slice(before)).toEqual([2]);
});

test("a person who types without a pause is shown without a gap until the message arrives", async () => {
  // spec 7.5
  const store = await pageInChat();
  const shown = new Set<number>();
  for (let second = 0; second < 20; second++) {
    if (second % 3 === 0) server.publish({ t: "typing", sessionId: "s1", person: AVA });
    await pass(1_000);
    shown.add(typing(store).length);
  }
  expect([...shown]).toEqual([1]);
  writes("done");
  await pass(50);
  expect(typing(store)).toEqual([]);
  server.publish({ t: "typing", sessionId: "s1", person: AVA });
  await pass(4_900); // the timer of the previous frame must not remove this one
  expect(typing(store)).toEqual(["Ava Chen"]);
  await pass(200);
  expect(typing(store)).toEqual([]);
});

test("typing is sent every 3 s, and at once for the text after a sent message", async () => {
  // spec 7.5
  const store = await pageInChat();
  const sent = () => server.received.filter((frame) => frame.t === "typing").length;
  for (const pause of [100, 2_000, 1_000, 0]) {
    store.typing("s1");
    await pass(pause);
  }
  expect(sent()).toBe(2);
  store.post("s1", "hello");
  store.typing("s1");
  expect(sent()).toBe(3);
});
