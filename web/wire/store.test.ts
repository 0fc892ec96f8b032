import { expect, test } from "vitest";

import type { LiveEvent } from "./model.ts";
import { AVA, message } from "./testing/fake_server.ts";
import { pageInChat, unstartedPage, page, pass, server, signedOut, texts, view, withServer } from "./testing/pages.ts";

withServer();

test("a page fetches the person's sessions by itself", async () => {
  const store = await pageInChat();

  expect(store.me.value?.person?.name).toBe("Mia Torres");
  expect(texts(store)).toEqual(["Printer is on fire"]);
  expect(view(store)).toMatchObject({ loading: false, error: null, revision: 1 });
});

test("messages written during a disconnect arrive after it, each once and in order", async () => {  // spec 3.7
  const store = await pageInChat();
  const events: LiveEvent[] = [];
  store.onLiveEvent((one) => events.push(one));

  server.cut();
  await pass(100);
  expect(store.connection.value.state).toBe("reconnecting");
  for (const text of ["one", "two", "three"]) server.commit("s1", AVA, text, message(text, text));
  server.restore();
  await pass(10_000);

  expect(store.connection.value.state).toBe("connected");
  expect(texts(store)).toEqual(["Printer is on fire", "one", "two", "three"]);
  expect(events.filter((one) => one.kind === "message")).toHaveLength(3);
});

test.each(["leave", "complete"] as const)("%s waits until the messages sent before it have arrived", async (verb) => {  // spec 3.6, 4.2
  const store = await pageInChat();
  const last = (): Promise<void> => (verb === "leave" ? store.leave("s1") : store.complete("s1", { none: {} }));
  server.routes.set(`POST /sessions/s1/${verb}`, () => ({ status: 200, body: { session: { card: server.card("s1") } } }));
  const [socket] = [...server.sockets];
  if (socket) socket.dropsFrames = true;
  store.post("s1", "one");
  store.post("s1", "two");
  const done = last();
  await pass(5_000);
  expect(server.calls).not.toContain(`POST /sessions/s1/${verb}`);

  if (socket) socket.dropsFrames = false;
  await pass(30_000);
  await done;
  expect(server.texts("s1").slice(-2)).toEqual(["one", "two"]);
  expect(server.calls).toContain(`POST /sessions/s1/${verb}`);
});

test("discarding unsent messages, or aborting the end, stops the wait", async () => {
  const store = await pageInChat();
  server.routes.set("POST /sessions/s1/complete", () => ({ status: 200, body: { session: { card: server.card("s1") } } }));
  server.cut();
  store.post("s1", "one");
  const stop = new AbortController();
  const stopped = store.complete("s1", { none: {} }, stop.signal);
  stop.abort();
  await expect(stopped).rejects.toMatchObject({ code: "stopped" });

  const done = store.complete("s1", { none: {} });
  server.reachable = true; // calls succeed, sockets do not
  for (const { commandId } of view(store).pending) store.discard("s1", commandId);
  await Promise.all([done, pass(1_000)]);
  expect(server.texts("s1")).toEqual(["Printer is on fire"]);
  expect(server.calls.filter((call) => call.endsWith("/complete"))).toHaveLength(1);
});

test("a presence frame that arrives during a fetch of /start is not overwritten by the response", async () => {  // spec 1.9
  const store = await page();
  server.routes.set("GET /start", () => {
    server.publish({ t: "presence", presences: [{ personId: "mia", presence: "PRESENCE_AWAY", revision: 2 }] });
    return { status: 200, body: { me: { person: { id: "mia" } }, presence: { personId: "mia", presence: "PRESENCE_ONLINE", revision: 1 } } };
  });
  server.publish({ t: "refetch" });
  await pass(100);

  expect(store.presence.value?.presence).toBe("PRESENCE_AWAY");
});

test("an entry that arrives twice is shown once", async () => {
  const store = await pageInChat();
  const entry = server.commit("s1", AVA, "a", message("a", "hello"));
  server.publish({ t: "entry", entry });
  await pass(50);

  expect(texts(store)).toEqual(["Printer is on fire", "hello"]);
});

test("a missing revision is fetched", async () => {  // spec 3.7
  const store = await pageInChat();
  const [socket] = [...server.sockets];
  if (socket) socket.dropsFrames = true;
  server.commit("s1", AVA, "lost", message("lost", "lost"));
  if (socket) socket.dropsFrames = false;
  server.commit("s1", AVA, "seen", message("seen", "seen"));
  await pass(50);

  expect(texts(store)).toEqual(["Printer is on fire", "lost", "seen"]);
});

test("a frame that arrives during the first fetch of /start is not overwritten by the response", async () => {
  server.open("s1");
  const store = unstartedPage();
  server.routes.set("GET /start", () => {
    const body = { me: { person: { id: "mia" } }, cards: server.cards() };
    server.commit("s1", AVA, "join", { participantJoined: { person: AVA } });
    server.open("s3");
    return { status: 200, body };
  });
  store.start();
  await pass(100);

  expect(store.cards.value.get("s1")?.revision).toBe(2);
  expect(store.cards.value.has("s3")).toBe(true);
});

test("an ended sign-in opens the sign-in page and sends nothing more", async () => {
  await pageInChat();
  server.cut(4401);
  const calls = server.calls.length;
  await pass(30_000);

  expect(signedOut).toHaveBeenCalled();
  expect(server.calls).toHaveLength(calls);
});

test("a session that is missing or hidden shows an error instead of loading forever", async () => {
  const store = await page();
  await Promise.all([store.openSession("nowhere"), pass(50)]);

  expect(store.sessions.value.get("nowhere")).toMatchObject({ loading: false, error: { kind: "not_found" } });
});

test("a session is dropped when the person has left it", async () => {
  const store = await pageInChat();
  server.commit("s1", AVA, "l", { participantLeft: { person: server.me } });
  await pass(50);

  expect(store.sessions.value.has("s1")).toBe(false);
});

test("a rate-limited request is retried after the time that the server names", async () => {  // spec 10.4
  const store = await pageInChat();
  const route = server.routes.get("GET /start");
  const refusal = { kind: "resource_exhausted", code: "too_many", message: "Too many requests in a short time.", details: { retry_after: "9" } };
  server.routes.set("GET /start", () => ({ status: 429, body: { error: refusal } }));
  const asked = (): number => server.calls.filter((call) => call === "GET /start").length;
  const before = asked();
  server.publish({ t: "refetch" });
  await pass(8_500);
  expect(asked()).toBe(before + 1);
  expect(store.startError.value?.message).toBe(refusal.message);

  if (route) server.routes.set("GET /start", route);
  else server.routes.delete("GET /start");
  await pass(4_000);
  expect(asked()).toBe(before + 2);
  expect(store.startError.value).toBeNull();
});

test("typing is sent once in three seconds, per session", async () => {  // spec 7.5
  const store = await pageInChat();
  const sent = (): number => server.received.filter((frame) => frame.t === "typing").length;
  for (let key = 0; key < 50; key += 1) store.typing("s1");
  await pass(10);
  expect(sent()).toBe(1);
  store.typing("s2");
  await pass(3_100);
  store.typing("s1");
  await pass(10);
  expect(sent()).toBe(3);
});
