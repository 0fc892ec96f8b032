import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { Pending, Store } from "./model.ts";
import { createStore } from "./store.ts";
import { AVA, FakeServer } from "./testing/fake_server.ts";

let server: FakeServer;
let stores: Store[];

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  server = new FakeServer();
  server.open("s1");
  stores = [];
});

afterEach(() => {
  for (const store of stores) store.stop();
  vi.useRealTimers();
});

async function page(options: { storage?: null } = {}): Promise<Store> {
  const store = createStore("portal", { fetch: server.fetch, WebSocket: server.WebSocket, ...options });
  stores.push(store);
  store.start();
  await pass(100);
  return store;
}

const pass = (milliseconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);
const pending = (store: Store): readonly Pending[] => store.sessions.value.get("s1")?.pending ?? [];

test("a message is shown as sending, then as sent, and never twice", async () => {  // spec 7.3
  const store = await page();
  store.post("s1", "hello");
  expect(pending(store)).toMatchObject([{ text: "hello", state: "sending" }]);
  await pass(20);

  expect(pending(store)).toEqual([]);
  expect(server.texts("s1")).toEqual(["Printer is on fire", "hello"]);
  const post = server.received.find((frame) => frame.t === "post");
  expect(post?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
});

test("an accepted message stays on the screen until its entry comes", async () => {  // spec 7.3
  const store = await page();
  const publish = server.publish.bind(server);
  let arrive = (): void => undefined;
  const late = vi.spyOn(server, "publish").mockImplementation((frame) => void (arrive = () => publish(frame)));
  store.post("s1", "hello");
  await pass(100);
  expect(pending(store)).toMatchObject([{ text: "hello", state: "sending" }]);
  expect(localStorage.getItem(`parley:portal:mia:post:s1:${pending(store)[0]!.commandId}`)).toBeNull();

  late.mockRestore();
  arrive();
  await pass(1);
  expect(pending(store)).toEqual([]);
  expect(store.sessions.value.get("s1")?.lines.at(-1)).toMatchObject({ text: "hello" });
});

test("the next beat reports once how long the latest message took", async () => {  // spec 12.2
  const store = await page();
  const beats = () => server.received.flatMap((frame) => (frame.t === "beat" ? [frame.roundTripMs] : []));
  store.post("s1", "hello");
  await pass(100);
  for (let beat = 0; beat < 2; beat++) server.publish({ t: "serverBeat", serverTime: new Date().toISOString() });
  await pass(50);

  expect(beats()).toEqual([expect.any(Number), undefined]);
  expect(beats()[0]).toBeGreaterThan(0);
  expect(beats()[0]).toBeLessThan(100);
});

test("a message refused with a wait time shows it and is retried after that time", async () => {  // spec 7.3, 10.4
  const store = await page();
  const receive = server.receive.bind(server);
  const posts = vi.fn();
  server.receive = (socket, frame) => {
    if (frame.t !== "post") return receive(socket, frame);
    posts();
    const refusal = { kind: "resource_exhausted", code: "too_many_posts", message: "Wait.", details: { retry_after: "3" } };
    socket.deliver({ t: "refused", commandId: frame.commandId, refusal });
  };
  store.post("s1", "hello");
  await pass(2_900);
  expect(posts).toHaveBeenCalledTimes(1);
  expect(pending(store)).toMatchObject([{ text: "hello", state: "slowed" }]);

  server.receive = receive;
  await pass(1_000);
  expect(server.texts("s1")).toEqual(["Printer is on fire", "hello"]);
  expect(pending(store)).toEqual([]);
});

test("messages written offline are sent once, in order, after the reconnect", async () => {  // spec 7.3
  const store = await page();
  server.cut();
  for (const text of ["one", "two", "three"]) store.post("s1", text);
  await pass(20);
  expect(pending(store).map((one) => one.state)).toEqual(["waiting", "waiting", "waiting"]);
  server.restore();
  await pass(12_000);

  expect(server.texts("s1")).toEqual(["Printer is on fire", "one", "two", "three"]);
  expect(pending(store)).toEqual([]);
});

test("a message whose response was lost is retried with the same id and appears once", async () => {  // spec 3.8
  const store = await page();
  server.responsesLost = true;
  store.post("s1", "hello");
  await pass(50);
  expect(server.texts("s1")).toHaveLength(2);
  server.cut();
  server.responsesLost = false;
  server.restore();
  await pass(12_000);

  expect(server.texts("s1")).toEqual(["Printer is on fire", "hello"]);
  expect(pending(store)).toEqual([]);
});

test("unsent messages survive a crash, even when a second tab sends them too", async () => {
  const crashed = await page();
  server.cut();
  for (const text of ["one", "two"]) crashed.post("s1", text);
  crashed.stop();
  server.restore();
  const [first, second] = [await page(), await page()];
  await pass(12_000);

  expect(server.texts("s1")).toEqual(["Printer is on fire", "one", "two"]);
  expect(pending(first)).toEqual([]);
  expect(pending(second)).toEqual([]);
  expect(Object.keys(localStorage).filter((key) => key.includes(":post:"))).toEqual([]);
});

test("each message names the accepted one before it", async () => {
  const store = await page();
  for (const text of ["one", "two", "three"]) store.post("s1", text);
  await pass(100);

  const posts = server.received.flatMap((frame) => (frame.t === "post" ? [frame] : []));
  expect(posts.map((post) => post.previousCommandId)).toEqual(["", posts[0]?.commandId, posts[1]?.commandId]);
});

test("a refused message keeps its reason and does not block the others", async () => {
  const store = await page();
  server.commit("s1", AVA, "end", { statusChanged: { from: "CHAT_STATUS_HANDLED", to: "CHAT_STATUS_COMPLETED", step: "STEP_COMPLETE" } });
  store.post("s1", "too late");
  store.post("s1", "far too late");
  await pass(100);
  expect(pending(store).map((one) => [one.state, one.error?.code])).toEqual([["failed", "step_not_allowed"], ["failed", "step_not_allowed"]]);

  for (const one of pending(store)) store.discard("s1", one.commandId);
  expect(pending(store)).toEqual([]);
});

test("a message with a temporary error is retried automatically", async () => {
  const store = await page();
  const commit = server.commit.bind(server);
  let refusals = 2;
  server.receive = (socket, frame) => {
    if (frame.t !== "post") return;
    if (refusals-- > 0) return socket.deliver({ t: "refused", commandId: frame.commandId, refusal: { kind: "unavailable", code: "unavailable" } });
    const entry = commit("s1", server.me, frame.commandId ?? "", { messagePosted: { messageId: frame.commandId, text: frame.text } });
    socket.deliver({ t: "posted", sessionId: "s1", commandId: frame.commandId, revision: entry.revision });
  };
  store.post("s1", "hello");
  await pass(5_000);

  expect(server.texts("s1")).toEqual(["Printer is on fire", "hello"]);
});

test("a draft is kept across a reload, and signing out removes everything of the person", async () => {
  const store = await page();
  store.saveDraft("s1", "I was just about to");
  expect((await page()).draft("s1")).toBe("I was just about to");

  server.routes.set("POST /sign-out", () => ({ status: 204 }));
  vi.stubGlobal("location", { ...location, assign: () => undefined, host: location.host, protocol: location.protocol });
  await Promise.all([store.signOut(), pass(50)]);
  vi.unstubAllGlobals();
  expect(localStorage).toHaveLength(0);
});

test("without browser storage a draft is kept until the page closes", async () => {  // spec 2.3, 7.3
  const store = await page({ storage: null });
  store.addToDraft("s1", "Typed for a new chat");

  expect(store.draft("s1")).toBe("Typed for a new chat");
  store.saveDraft("s1", "");
  expect(store.draft("s1")).toBe("");
});

test("text added to a draft goes below the text that another tab typed", async () => {  // spec 2.3
  (await page()).saveDraft("s1", "From the first tab");
  const second = await page();
  second.addToDraft("s1", "From the second tab");

  expect(second.draft("s1")).toBe("From the first tab\nFrom the second tab");
  expect((await page()).draft("s1")).toBe("From the first tab\nFrom the second tab");
});

/** Makes the gateway close the connection when it receives a frame with this text. */
function unreadable(text: string): void {
  const receive = server.receive.bind(server);
  server.receive = (socket, frame) => (frame.t === "post" && frame.text?.includes(text) ? queueMicrotask(() => socket.closeWith(4400)) : receive(socket, frame));
}

test("half a character is repaired when it is typed, and later messages are sent", async () => {  // spec 3.6, 7.3
  const store = await page();
  store.saveDraft("s1", "cut off \ud83d");
  expect(store.draft("s1")).toBe("cut off \ufffd");
  store.post("s1", "cut off \ud83d");
  store.post("s1", "second");
  await pass(100);

  expect(server.texts("s1")).toEqual(["Printer is on fire", "cut off \ufffd", "second"]);
});

test("a message that closes the connection fails with an error and does not block later ones", async () => {  // spec 7.3
  server.open("s2");
  const store = await page();
  unreadable("poison");
  store.post("s2", "elsewhere");
  store.post("s1", "poison");
  store.post("s1", "behind it");
  store.post("s2", "elsewhere too");
  await pass(30_000);

  expect(server.texts("s1")).toEqual(["Printer is on fire", "behind it"]);
  expect(server.texts("s2")).toEqual(["Printer is on fire", "elsewhere", "elsewhere too"]);
  expect(pending(store)).toMatchObject([{ text: "poison", state: "failed", error: { field: "text" } }]);
  expect(store.connection.value.state).toBe("connected");

  const reloaded = await page();
  reloaded.post("s1", "after a reload");
  await pass(5_000);
  expect(server.texts("s1").at(-1)).toBe("after a reload");
});

test("messages in flight beside one that closes the connection do not fail", async () => {  // spec 7.3
  for (const id of ["s2", "s3"]) server.open(id);
  const store = await page();
  server.cut();
  for (const id of ["s1", "s2", "s3"]) store.post(id, id === "s2" ? "poison" : `for ${id}`);
  unreadable("poison");
  server.restore();
  await pass(60_000);

  expect([server.texts("s1"), server.texts("s3")].map((texts) => texts.at(-1))).toEqual(["for s1", "for s3"]);
  expect(store.sessions.value.get("s2")?.pending).toMatchObject([{ text: "poison", state: "failed" }]);
});

test.each(["5", "null", "{", "{}", '{"at":9e15}', '{"commandId":1,"sessionId":"s1","text":"x","at":9e15,"order":1}', '{"commandId":"c","sessionId":"s1","at":9e15,"order":1}'])(
  "an invalid stored message does not block the start: %s",
  async (junk) => {
    localStorage.setItem("parley:portal:mia:post:s1:c", junk);
    const store = await page();
    store.post("s1", "hello");
    await pass(100);

    expect(server.texts("s1")).toEqual(["Printer is on fire", "hello"]);
    expect(localStorage.getItem("parley:portal:mia:post:s1:c")).toBeNull();
  },
);
