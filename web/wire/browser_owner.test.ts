import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { ParleyNotification } from "./proto.ts";
import { FakeRegistration, fakeSound, withNotifications } from "./testing/fake_browser.ts";
import { page, pass, server, signedOut, withServer } from "./testing/pages.ts";
import type { Database, WorkerData } from "./worker_data.ts";

const stored = new Map<string, WorkerData | undefined>();
const database: Database = {
  get: async (key) => stored.get(key),
  update: async (key, next) => void stored.set(key, next(stored.get(key))),
};

withServer();

let registration: FakeRegistration;
const withWorker = { registerWorker: async () => registration.real, database };
const NOTIFICATION: ParleyNotification = { deliveryId: "d1", kind: "NOTIFICATION_KIND_MESSAGE", sessionId: "s1", title: "Ava Chen", tag: "s1", show: true, personId: "mia" };
const data = (): unknown => stored.get("parley:portal");
const ZOE = { signInId: "sign-in-2", browserId: "b", personId: "zoe", expiresAt: "2100-01-01T00:00:00Z" };

beforeEach(() => {
  registration = new FakeRegistration();
  stored.clear();
  withNotifications("granted");
  fakeSound();
  server.routes.set("GET /push-key", () => ({ status: 200, body: { publicKey: "BKey" } }));
  server.routes.set("POST /subscriptions", () => ({ status: 200, body: {} }));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

async function shown(): Promise<void> {
  const store = await page(withWorker);
  await Promise.all([store.notify.subscribe(), pass(100)]);
  server.publish({ t: "notification", ...NOTIFICATION });
  await pass(50);
  expect(registration.titles).toEqual(["Ava Chen"]);
}

test("a page leaves to its service worker who is signed in", async () => {
  // spec 5.8
  await page(withWorker);
  expect(data()).toMatchObject({ signInId: "sign-in-1", personId: "mia", expiresAt: "2100-01-01T00:00:00Z" });
});

test("a 401 that is not the gateway's own answer leads nobody to the sign-in page", async () => {
  server.routes.set("GET /support", () => ({ status: 401, body: {} }));
  const store = await page();
  await Promise.all([store.support().catch(() => undefined), pass(100)]);
  expect(signedOut).not.toHaveBeenCalled();
});

test("nothing of a person stays in the browser when the sign-in ends", async () => {
  // spec 1.15, 5.8
  await shown();
  server.routes.set("GET /support", () => ({ status: 401, body: { error: { kind: "unauthenticated", code: "not_signed_in" } } }));
  const store = await page(withWorker);
  await Promise.all([store.support().catch(() => undefined), pass(100)]);
  expect(signedOut.mock.calls).toEqual([["ended"]]);
  expect([data(), registration.titles, localStorage.getItem("parley:portal:browser")]).toEqual([undefined, [], null]);
});

test("a page whose browser belongs to another person leaves that person's things alone", async () => {
  // spec 5.8, 10.8
  await shown();
  await registration.showNotification("For Zoe", { tag: "s2", data: { deliveryId: "d2", place: "push", sessionId: "s2", kind: "NOTIFICATION_KIND_MESSAGE", personId: "zoe" } });
  stored.set("parley:portal", ZOE);
  server.routes.set("GET /start", () => ({ status: 200, body: { me: { id: "sign-in-2", person: { id: "zoe" } } } }));
  server.signIn = "sign-in-2";
  server.cut();
  server.restore();
  await pass(5_000);
  expect(signedOut.mock.calls).toEqual([["other"]]);
  expect([data(), registration.titles]).toEqual([ZOE, ["For Zoe"]]);
  expect(localStorage.getItem("parley:portal:browser")).not.toBeNull();
});

test("a person who signs in after another ends the other's subscription and notifications in this browser", async () => {
  // spec 5.8, 10.8
  await shown();
  stored.set("parley:portal", ZOE);
  await page(withWorker);
  expect([registration.subscription, data()]).toMatchObject([null, { personId: "mia" }]);
  // Mia's own stays open.
  expect(registration.titles).toEqual(["Ava Chen"]);

  stored.set("parley:portal", ZOE);
  await registration.showNotification("For Zoe", { tag: "s2", data: { deliveryId: "d2", place: "push", sessionId: "s2", kind: "NOTIFICATION_KIND_MESSAGE", personId: "zoe" } });
  await page(withWorker);
  expect(registration.titles).toEqual(["Ava Chen"]);
});
