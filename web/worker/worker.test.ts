import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { FakeRegistration } from "../wire/testing/fake_browser.ts";
import type { SubscriptionChange, WindowClient, WorkerScope } from "./scope.ts";
import type { WorkerData } from "../wire/worker_data.ts";
import { ParleyWorker, SHOWN_WITHIN, bestWindow, chatAddress, notificationOf } from "./worker.ts";

const AVA: WorkerData = { signInId: "sign-in-1", browserId: "b1", personId: "ava", expiresAt: "2100-01-01T00:00:00Z" };
const WAITING = { deliveryId: "d1", kind: "NOTIFICATION_KIND_WAITING", sessionId: "s1", title: "Mia Torres · Acme Ltd", body: "Printer is on fire", tag: "s1", sound: true, personId: "ava", place: "push" } as const;

let registration: FakeRegistration;
let windows: FakeWindow[];
let opened: string[];
let calls: string[];
let refused: Set<string>;
let signedIn: WorkerData | undefined;
let events: EventTarget;
let worker: ParleyWorker;

type FakeWindow = WindowClient & { messages: unknown[]; focus: ReturnType<typeof vi.fn> };

function window(url: string, focused = false, visible = focused): FakeWindow {
  const messages: unknown[] = [];
  const visibilityState = visible ? ("visible" as const) : ("hidden" as const);
  return { url: `http://parley.test${url}`, focused, visibilityState, messages, focus: vi.fn(async () => undefined as never), postMessage: (message) => messages.push(message) };
}

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

beforeEach(() => {
  registration = new FakeRegistration();
  events = new EventTarget();
  [windows, opened, calls, refused, signedIn] = [[], [], [], new Set(), AVA];
  const scope = {
    registration: registration.real,
    addEventListener: (type: string, listener: (event: Event) => void) => events.addEventListener(type, listener),
    clients: { matchAll: async () => windows, openWindow: async (url: string) => (opened.push(url), null) },
    fetch: async (url: string, { method, headers, body }: { method: string; headers: Record<string, string>; body?: string }) => {
      const path = url.replace("/tech/api", "");
      const sent = body ? (JSON.parse(body) as Record<string, string>) : {};
      calls.push([method, path, sent.mode ?? sent.outcome?.replace("DELIVERY_OUTCOME_", ""), sent.reason, sent.endpoint, sent.place && `(${sent.place})`].filter(Boolean).join(" "));
      expect(headers["Parley-Sign-In"]).toBe("sign-in-1");
      return new Response(JSON.stringify({ publicKey: "BKey" }), { status: refused.has(path) ? 409 : 200 });
    },
  } as unknown as WorkerScope;
  worker = new ParleyWorker("tech", scope, async () => signedIn);
  worker.start();
});

/** The browser's event. Done when the worker has handled it. */
function changed(change: Pick<SubscriptionChange, "newSubscription">): Promise<unknown> {
  const waits: Promise<unknown>[] = [];
  events.dispatchEvent(Object.assign(new Event("pushsubscriptionchange"), change, { waitUntil: (work: Promise<unknown>) => waits.push(work) }));
  expect(waits).toHaveLength(1);
  return waits[0]!;
}

const click = (action: string, data: object = WAITING) =>
  worker.clicked({ notification: { data, close: () => undefined } as unknown as Notification & { data: object }, action });

test("a push is shown with its actions, reported, and a repetition is noticed", async () => {
  // spec 5.5, 5.8, 5.9
  await worker.pushed(JSON.stringify(WAITING));
  await worker.pushed(JSON.stringify({ ...WAITING, rung: 1 }));
  expect(registration.shown).toMatchObject([{ title: WAITING.title, tag: "s1", options: { body: WAITING.body, silent: false, renotify: true, actions: [{ action: "join" }, { action: "dismiss" }] } }]);
  expect(calls).toEqual(["POST /deliveries/d1 SHOWN (push)", "POST /deliveries/d1 SHOWN (push)"]);
});

test.each([
  ["NOTIFICATION_KIND_UNATTENDED", ["join", "dismiss"]],
  ["NOTIFICATION_KIND_INVITED", ["join", "dismiss"]],
  ["NOTIFICATION_KIND_TRANSFER", ["open"]],
  ["NOTIFICATION_KIND_ABANDONED", []],
  ["NOTIFICATION_KIND_PUSH_CHAT", ["open"]],
  ["NOTIFICATION_KIND_MESSAGE", []],
  ["A_KIND_OF_A_LATER_VERSION", []],
])("%s has the actions %j", async (kind, actions) => {
  // spec 5.5
  await worker.pushed(JSON.stringify({ ...WAITING, kind }));
  expect(registration.shown[0]?.options.actions?.map((one) => one.action)).toEqual(actions);
});

test.each([[""], ["not JSON"], ["[1]"], ["null"], ['{"title": {"a": 1}, "sessionId": 7}']])("the push %j shows a neutral notification", async (text) => {
  // spec 5.8
  expect(notificationOf(text)).toBeNull();
  await worker.pushed(text);
  expect(registration.titles).toEqual(["New activity in Parley"]);
  expect(calls).toEqual([]);
});

test.each([
  ["nobody is signed in", undefined],
  ["another person is signed in", { ...AVA, personId: "bo" }],
  ["the sign-in has expired", { ...AVA, expiresAt: "2020-01-01T00:00:00Z" }],
])("a push shows a neutral notification when %s", async (_, who) => {
  // spec 5.8, 10.8
  await worker.pushed(JSON.stringify(WAITING));
  signedIn = who;
  await worker.pushed(JSON.stringify({ ...WAITING, sessionId: "s2", tag: "s2", title: "Zoe Adams · Globex" }));
  await worker.pushed(JSON.stringify({ ...WAITING, sessionId: "s3", tag: "s3", title: "Zoe Adams · Globex" }));
  await worker.pushed(JSON.stringify({ ...WAITING, close: true }));
  expect(registration.shown).toMatchObject([{ title: "New activity in Parley", options: { body: "", actions: [] } }]);
  expect(calls).toEqual(["POST /deliveries/d1 SHOWN (push)"]);
  await click("", registration.shown[0]?.data as object);
  expect(opened).toEqual(["/tech/"]);
});

test("a click on another person's notification opens the app alone", async () => {
  // spec 10.8
  signedIn = { ...AVA, personId: "bo" };
  await click("join");
  expect([opened, calls]).toEqual([["/tech/"], []]);
});

test("a push that closes removes the notification with its tag alone", async () => {
  // spec 5.3
  await worker.pushed(JSON.stringify(WAITING));
  await worker.pushed(JSON.stringify({ ...WAITING, sessionId: "s2", tag: "s2", title: "Another" }));
  await worker.pushed(JSON.stringify({ deliveryId: "d3", tag: "s1", close: true }));
  expect(registration.titles).toEqual(["Another"]);
});

test("a push that closes what was clicked here is closed when the desktop has shown it", async () => {
  // spec 5.3
  vi.useFakeTimers();
  const pushed = [worker.pushed(JSON.stringify({ ...WAITING, deliveryId: "d1:close", close: true })), worker.pushed(JSON.stringify({ ...WAITING, deliveryId: "d2:close", tag: "s2", close: true }))];
  await vi.advanceTimersByTimeAsync(SHOWN_WITHIN - 1);
  expect(registration.titles).toEqual([WAITING.title, WAITING.title]);
  await worker.pushed(JSON.stringify({ ...WAITING, deliveryId: "d3", tag: "s2", title: "A later message" }));
  await vi.advanceTimersByTimeAsync(1);
  await Promise.all(pushed);
  expect(registration.titles).toEqual(["A later message"]);
});

test("a push is shown in the language of the page that was opened last", async () => {  // spec 13.6
  signedIn = { ...AVA, language: "de" };
  await worker.pushed(JSON.stringify(WAITING));
  await worker.pushed(JSON.stringify({ ...WAITING, kind: "NOTIFICATION_KIND_TEST", tag: "t1", title: "Test notification", body: "Parley can reach you here." }));
  await worker.pushed(JSON.stringify({ ...WAITING, personId: "bo", tag: "n1" }));
  expect(registration.shown.map(({ title, options }) => [title, options.body])).toEqual([
    [WAITING.title, WAITING.body],
    ["Testbenachrichtigung", "Parley kann Sie hier erreichen."],
    ["Neues in Parley", ""],
  ]);
  expect(registration.shown[0]?.options.actions?.map(({ title }) => title)).toEqual(["Beitreten", "Ausblenden"]);
});

test("the picture of a notification has the person's letters and colour; without a person it is the chat icon", async () => {
  // spec 5.5
  const drawn: string[] = [];
  const context = { beginPath() {}, arc() {}, fill: () => drawn.push(context.fillStyle), fillText: (text: string) => drawn.push(text), fillStyle: "" };
  class Canvas {
    getContext = () => context;
    convertToBlob = async () => ({ arrayBuffer: async () => new TextEncoder().encode("png").buffer });
  }
  vi.stubGlobal("OffscreenCanvas", Canvas);
  await worker.pushed(JSON.stringify({ ...WAITING, picturePersonId: "mia" }));
  expect(registration.shown[0]?.options.icon).toBe(`data:image/png;base64,${btoa("png")}`);
  expect(drawn).toEqual([expect.stringMatching(/^#/), "MT"]);
  await worker.pushed(JSON.stringify(WAITING));
  expect(registration.shown[0]?.options.icon).toBe("/icons/icon-192.png");
});

test("a push that cannot be shown is reported", async () => {
  // spec 5.9
  registration.refuses = "No permission";
  await worker.pushed(JSON.stringify(WAITING));
  expect(calls).toEqual(["POST /deliveries/d1 FAILED The browser did not show it: No permission (push)"]);
});

test.each([
  ["join", "NOTIFICATION_KIND_WAITING", "JOIN_MODE_TAKE"],
  ["join", "NOTIFICATION_KIND_INVITED", "JOIN_MODE_ALSO"],
])("%s on %s joins with no page open, and opens the chat", async (action, kind, mode) => {
  // spec 5.5, 3.5
  await click(action, { ...WAITING, kind });
  expect(calls.sort()).toEqual(["POST /deliveries/d1 CLICKED join (push)", `POST /sessions/s1/join ${mode}`]);
  expect(opened).toEqual(["/tech/?chat=s1"]);
});

test("a refused Join leaves the chat to the page, which shows why", async () => {
  // spec 3.5, 5.5
  refused.add("/sessions/s1/join");
  await click("join");
  expect(opened).toEqual(["/tech/?chat=s1&act=join"]);
  windows = [window("/tech/tickets")];
  await click("join");
  expect(windows[0]?.messages).toEqual([{ t: "notificationClick", sessionId: "s1", act: "join" }]);
});

test("Dismiss dismisses the alert without opening anything, and a refused one opens the app", async () => {
  // spec 5.1, 5.5
  await click("dismiss");
  expect(calls.sort()).toEqual(["POST /alerts/s1/dismiss", "POST /deliveries/d1 CLICKED dismiss (push)"]);
  expect(opened).toEqual([]);
  refused.add("/alerts/s1/dismiss");
  await click("dismiss");
  expect(opened).toEqual(["/tech/?chat=s1"]);
});

test("a click focuses the best window and opens the chat in it", async () => {
  // spec 5.5
  windows = [window("/portal/support", true), window("/tech/tickets"), window("/tech/tickets/t7", false, true), window("/technical/")];
  await click("");
  expect(windows[2]?.messages).toEqual([{ t: "notificationClick", sessionId: "s1", act: "open" }]);
  expect(windows[2]?.focus).toHaveBeenCalledOnce();
  expect(opened).toEqual([]);
  expect(bestWindow([...windows, window("/tech/", true)], "tech")?.url).toBe("http://parley.test/tech/");
  expect(bestWindow(windows.slice(0, 1), "tech")).toBeUndefined();
});

test("a click on a message or on a notification without data opens the app", async () => {
  await click("join", { ...WAITING, kind: "NOTIFICATION_KIND_MESSAGE" });
  await worker.clicked({ notification: { data: null, close: () => undefined } as never, action: "" });
  expect(opened).toEqual(["/tech/?chat=s1", "/tech/"]);
  expect(chatAddress("portal", "a&b=c", "open")).toBe("/portal/?chat=a%26b%3Dc");
});

test("a subscription that the browser replaced is stored", async () => {
  // spec 5.8
  const subscription = await registration.pushManager.subscribe();
  await changed({ newSubscription: subscription });
  expect(calls).toEqual(["POST /subscriptions https://push.test/1"]);
  registration.subscription = null;
  await changed({});
  expect(calls.slice(1)).toEqual(["GET /push-key", "POST /subscriptions https://push.test/1"]);
  expect(registration.subscription).not.toBeNull();
});

test("a browser that does not subscribe again ends the worker's wait after ten seconds", async () => {
  // spec 5.8
  vi.useFakeTimers();
  registration.pushHangs = true;
  let ended = false;
  const change = changed({}).then(() => (ended = true));
  await vi.advanceTimersByTimeAsync(9_999);
  expect(ended).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await change;
  expect(calls).toEqual(["GET /push-key"]);
});
