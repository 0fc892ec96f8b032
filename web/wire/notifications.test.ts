import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { endsNotifications } from "./notify.ts";
import type { ParleyNotification, SessionCard } from "./proto.ts";
import { Sounds } from "./sound.ts";
import { FakeRegistration, fakeSound, withNotifications } from "./testing/fake_browser.ts";
import { AVA, MIA } from "./testing/fake_server.ts";
import { page, pass, server, withServer } from "./testing/pages.ts";

withServer();

let registration: FakeRegistration;
const withWorker = { registerWorker: async () => registration.real };

beforeEach(() => {
  registration = new FakeRegistration();
  withNotifications("granted");
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const WAITING: ParleyNotification = { deliveryId: "d1", kind: "NOTIFICATION_KIND_WAITING", sessionId: "s1", title: "Mia Torres · Acme Ltd", tag: "s1", sound: true, show: true, place: "page-1" };
const outcomes = (): string[] => server.received.flatMap((frame) => (frame.t === "delivery" ? [(frame.outcome ?? "").replace("DELIVERY_OUTCOME_", "")] : []));

async function notify(notification: ParleyNotification): Promise<void> {
  server.publish({ t: "notification", ...notification });
  await pass(50);
}

test("a notification is sounded and shown, and each step is reported", async () => {
  // spec 5.2, 5.5, 5.9
  const { played } = fakeSound();
  await page(withWorker);
  await notify(WAITING);
  expect(outcomes()).toEqual(["RECEIVED", "SOUNDED", "SHOWN"]);
  expect(server.received.filter((frame) => frame.t === "delivery").map(({ place }) => place)).toEqual(["page-1", "page-1", "page-1"]);
  expect(played).toEqual(["chime"]);
  const [shown] = registration.shown;
  expect(shown).toMatchObject({ title: WAITING.title, tag: "s1", data: { deliveryId: "d1", sessionId: "s1" } });
  expect(shown?.options).toMatchObject({ silent: true, renotify: false, actions: [{ action: "join" }, { action: "dismiss" }] });

  await notify({ ...WAITING, deliveryId: "d2", rung: 1 });
  expect(registration.shown).toMatchObject([{ options: { renotify: true } }]);
  await notify({ ...WAITING, deliveryId: "d3", kind: "NOTIFICATION_KIND_MESSAGE", show: false });
  expect(played).toEqual(["chime", "chime", "pulse"]);
});

test("a notification that arrives after somebody joined is neither sounded nor shown", async () => {
  // spec 5.3
  const { played } = fakeSound();
  server.open("s1");
  await page(withWorker);
  server.commit("s1", AVA, "join", { statusChanged: { from: "CHAT_STATUS_WAITING", to: "CHAT_STATUS_HANDLED", step: "STEP_JOIN" } });
  await pass(50);
  await notify(WAITING);
  expect([outcomes(), played, registration.shown]).toEqual([["RECEIVED"], [], []]);
});

test("blocked sound is reported and shown as a state, and enabling it ends that", async () => {
  // spec 5.2, 5.9
  const sound = fakeSound(true);
  const store = await page(withWorker);
  expect(store.notify.soundBlocked.value).toBe(true);
  await notify(WAITING);
  expect(outcomes()).toEqual(["RECEIVED", "SOUND_BLOCKED", "SHOWN"]);
  // The system's own sound takes the place of the one that is blocked.
  expect(registration.shown[0]?.options.silent).toBe(false);
  expect(await store.notify.enableSound()).toBe(false);

  sound.allow();
  expect(await store.notify.enableSound()).toBe(true);
  expect(store.notify.soundBlocked.value).toBe(false);
  await notify({ ...WAITING, deliveryId: "d2" });
  expect(sound.played).toEqual(["chime"]);
});

test("any key or click enables sound", async () => {
  const sound = fakeSound(true);
  const store = await page(withWorker);
  sound.allow();
  dispatchEvent(new Event("keydown"));
  await pass(10);
  expect(store.notify.soundBlocked.value).toBe(false);
});

test("two tabs that receive one notification sound and show it once", async () => {
  // spec 5.4
  const { played } = fakeSound();
  const show = vi.spyOn(registration, "showNotification");
  await page(withWorker);
  await page(withWorker);
  await notify(WAITING);
  expect(played).toEqual(["chime"]);
  expect(show).toHaveBeenCalledOnce();
  expect(outcomes().sort()).toEqual(["RECEIVED", "RECEIVED", "SHOWN", "SHOWN", "SOUNDED", "SOUNDED"]);
});

test("a second tab does what the first could not", async () => {
  // spec 5.4
  fakeSound();
  await page(withWorker);
  registration.refuses = "No permission";
  await notify(WAITING);
  registration.refuses = "";
  await notify(WAITING);
  expect(outcomes()).toEqual(["RECEIVED", "SOUNDED", "FAILED", "RECEIVED", "SOUNDED", "SHOWN"]);
});

test.each([
  ["an alert is withdrawn", () => server.publish({ t: "alertWithdrawn", alertId: "a", sessionId: "s1" })],
  ["the person joins", () => server.commit("s1", MIA, "join", { participantJoined: { person: MIA } })],
  ["the person reads the chat on any device", () => server.read("s1", 1)],
  ["the server asks for it", () => server.publish({ t: "notification", deliveryId: "d9", tag: "s1", close: true })],
])("the notifications of a session close when %s", async (_, happens) => {
  // spec 5.3
  fakeSound();
  server.open("s1", AVA);
  await page(withWorker);
  await notify(WAITING);
  await notify({ ...WAITING, deliveryId: "d2", sessionId: "s2", tag: "s2", title: "Another" });
  expect(registration.titles).toEqual([WAITING.title, "Another"]);
  happens();
  await pass(50);
  expect(registration.titles).toEqual(["Another"]);
});

test("the notification of a transfer is shown while the transfer is open, and closes with its alert", async () => {
  // spec 5.5, 13.2
  fakeSound();
  server.open("s1", AVA);
  await page(withWorker);
  const transfer: ParleyNotification = { ...WAITING, kind: "NOTIFICATION_KIND_TRANSFER" };
  const joined = { statusChanged: { from: "CHAT_STATUS_WAITING", to: "CHAT_STATUS_HANDLED", step: "STEP_JOIN" } } as const;
  server.commit("s1", AVA, "join", joined);
  server.commit("s1", AVA, "ask", { transferAsked: { engineers: [MIA], expiresAt: "2026-03-02T09:01:00Z" } });
  await pass(50);
  await notify(transfer);
  expect(registration.shown).toMatchObject([{ options: { actions: [{ action: "open" }] } }]);
  server.publish({ t: "alertWithdrawn", alertId: "a", sessionId: "s1" });
  await pass(50);
  expect(registration.titles).toEqual([]);
  server.commit("s1", AVA, "stop", { transferWithdrawn: {} });
  await pass(50);
  await notify({ ...transfer, deliveryId: "d2" });
  expect(registration.titles).toEqual([]);
});

test("after a disconnect, alerts of sessions that wait for nobody any more are closed", async () => {
  // spec 5.3
  fakeSound();
  server.open("s1", AVA);
  server.open("s2", AVA);
  await page(withWorker);
  await notify(WAITING);
  await notify({ ...WAITING, deliveryId: "d2", sessionId: "s2", tag: "s2", title: "Another" });
  server.cut();
  server.commit("s1", AVA, "join", { statusChanged: { from: "CHAT_STATUS_WAITING", to: "CHAT_STATUS_HANDLED", step: "STEP_JOIN" } });
  server.restore();
  await pass(10_000);
  expect(registration.titles).toEqual(["Another"]);
});

test("an outcome that finds no connection is reported by a call", async () => {
  // spec 5.9
  let started = (): void => undefined;
  vi.spyOn(HTMLMediaElement.prototype, "play").mockImplementation(() => new Promise((resolve) => (started = resolve)));
  const calls: unknown[] = [];
  server.routes.set("POST /deliveries/d1", (body) => (calls.push(body.outcome), { status: 200, body: {} }));
  await page(withWorker);
  await notify({ ...WAITING, show: false });
  server.cut();
  server.restore();
  started();
  await pass(20);
  expect(outcomes()).toEqual(["RECEIVED"]);
  expect(calls).toEqual(["DELIVERY_OUTCOME_SOUNDED"]);
});

test("a page without a service worker reports that it cannot show anything", async () => {
  // spec 5.9
  fakeSound();
  await page();
  await notify(WAITING);
  expect(outcomes()).toEqual(["RECEIVED", "SOUNDED", "FAILED"]);
});

test("subscribing without a reachable push service ends after ten seconds, and with one the server stores it", async () => {
  // spec 5.8
  const stored: unknown[] = [];
  server.routes.set("GET /push-key", () => ({ status: 200, body: { publicKey: "BKey" } }));
  server.routes.set("POST /subscriptions", (body) => (stored.push(body), { status: 200, body: {} }));
  server.routes.set("POST /subscriptions/remove", (body) => (stored.push(body), { status: 200, body: {} }));
  server.routes.set("POST /sign-out", () => ({ status: 204 }));
  const store = await page(withWorker);
  registration.pushHangs = true;
  const [result] = await Promise.all([store.notify.subscribe(), pass(10_500)]);
  expect(result).toEqual({ ok: false, why: "unavailable" });

  registration.pushHangs = false;
  const [second] = await Promise.all([store.notify.subscribe(), pass(100)]);
  expect(second).toEqual({ ok: true, endpoint: "https://push.test/1" });
  expect(stored).toMatchObject([{ endpoint: "https://push.test/1", p256dh: "cDI1NmRo", auth: "YXV0aA" }]);

  await Promise.all([store.signOut(), pass(100)]);
  expect(registration.subscription).toBeNull();
  expect(stored.at(-1)).toEqual({ endpoint: "https://push.test/1" });
  expect(localStorage).toHaveLength(0);
});

test("a page with permission and preference confirms its subscription under each sign-in and once a day", async () => {
  // spec 5.8
  let stored = 0;
  server.routes.set("GET /preferences", () => ({ status: 200, body: { preferences: { sound: true, volume: 70, pushWhenAway: true } } }));
  server.routes.set("GET /push-key", () => ({ status: 200, body: { publicKey: "BKey" } }));
  server.routes.set("POST /subscriptions", () => (stored++, { status: 200, body: {} }));
  await page(withWorker);
  await page(withWorker);
  expect(stored).toBe(1);
  for (const before of [`sign-in-1 ${Date.now() - 25 * 60 * 60_000}`, `sign-in-0 ${Date.now()}`, String(Date.now())]) {
    localStorage.setItem("parley:portal:subscribed", before);
    await page(withWorker);
  }
  expect(stored).toBe(4);
});

test("a push chat that was answered or ended, or a chat that the person joined, ends what was shown of it", () => {
  // spec 5.3, 5.6
  const push: SessionCard = { sessionId: "s1", type: "CHAT_TYPE_PUSH", status: "CHAT_STATUS_WAITING", participants: [AVA] };
  const ended = { ...push, status: "CHAT_STATUS_ABANDONED" } as const;
  expect(endsNotifications(push, ended, "mia")).toBe(true);
  expect(endsNotifications(undefined, push, "mia")).toBe(false);
  expect(endsNotifications(push, { ...push, participants: [AVA, MIA] }, "mia")).toBe(true);
  expect(endsNotifications(ended, ended, "mia")).toBe(false);
});

test("a click while a sound begins does not replace it with silence", async () => {
  // spec 5.2
  const sources: string[] = [];
  let begin = (): void => undefined;
  vi.spyOn(HTMLMediaElement.prototype, "play").mockImplementation(function (this: HTMLMediaElement) {
    sources.push(this.src);
    return new Promise((resolve) => (begin = resolve));
  });
  const sounds = new Sounds();
  const [played, unlocked] = [sounds.play("bell", 70), sounds.unlock()];
  begin();
  expect([(await played).result, await unlocked, sources.length]).toEqual(["played", true, 1]);
});
