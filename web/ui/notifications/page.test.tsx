import { render, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { createStore } from "../../wire/index.ts";
import type { Delivery } from "../../wire/proto.ts";
import { FakeRegistration, fakeSound, withNotifications } from "../../wire/testing/fake_browser.ts";
import { AVA, FakeServer } from "../../wire/testing/fake_server.ts";
import { MAX_WAIT, pageResult, pushResult } from "./checks";
import { NotificationsPage } from "./page";
import { notificationTexts } from "./notification_texts";

let server: FakeServer;
let registration: FakeRegistration;
let saved: Record<string, unknown>;
let stop = (): void => undefined;

beforeEach(() => {
  localStorage.clear();
  server = new FakeServer("tech", AVA);
  registration = new FakeRegistration();
  saved = { sound: true, volume: 70, chatSound: "chime", messageSound: "pulse", browserNotifications: true };
  server.routes.set("GET /preferences", () => ({ status: 200, body: { preferences: saved } }));
  server.routes.set("PUT /preferences", ({ preferences }) => ((saved = preferences as typeof saved), { status: 200, body: { preferences } }));
  server.routes.set("GET /push-key", () => ({ status: 200, body: { publicKey: "BKey" } }));
  server.routes.set("POST /subscriptions", () => ({ status: 200, body: {} }));
  server.routes.set("POST /subscriptions/remove", () => ({ status: 200, body: {} }));
});

afterEach(() => {
  stop();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

async function open() {
  const store = createStore("tech", { fetch: server.fetch, WebSocket: server.WebSocket, registerWorker: async () => registration.real });
  stop = () => store.stop();
  store.start();
  await waitFor(() => expect(store.me.value).not.toBeNull());
  render(<NotificationsPage store={store} />);
  await screen.findByRole("switch", { name: notificationTexts.sound[0] });
  return store;
}

const rowOf = (name: string): HTMLElement => screen.getAllByRole("listitem").find((row) => row.textContent?.endsWith(name) || row.textContent?.includes(`.${name}`))!;
const press = (row: HTMLElement, name: string) => userEvent.click(within(row).getByRole("button", { name }));
const delivery = (facts: Delivery): void => void server.routes.set("GET /deliveries/t1", () => ({ status: 200, body: { delivery: facts } }));

test("each preference is saved at once, and a chosen sound plays", async () => {
  // spec 5.12
  withNotifications("granted");
  const { played } = fakeSound();
  await open();
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "New chat" }), "Bell");
  await waitFor(() => expect(saved).toMatchObject({ chatSound: "bell", messageSound: "pulse" }));
  await userEvent.click(screen.getByRole("button", { name: "Play the sound: New message" }));
  expect(played).toEqual(["bell", "pulse"]);
  await userEvent.click(screen.getByRole("switch", { name: notificationTexts.sound[0] }));
  await waitFor(() => expect(saved).toMatchObject({ sound: false, chatSound: "bell" }));
  expect(screen.getByRole<HTMLInputElement>("slider", { name: "Volume" }).disabled).toBe(true);
  expect(rowOf("Sound").textContent).toContain(notificationTexts.check.sound.off);
});

test("a change that cannot be saved is undone", async () => {
  // spec 5.12
  withNotifications("granted");
  await open();
  server.routes.set("PUT /preferences", () => ({ status: 400, body: { error: { kind: "invalid_argument", field: "preferences" } } }));
  const sounds = screen.getByRole<HTMLInputElement>("switch", { name: notificationTexts.sound[0] });
  await userEvent.click(sounds);
  await waitFor(() => expect(sounds.checked).toBe(true));
});

test("turning browser notifications on asks for the permission", async () => {
  // spec 5.12
  withNotifications("default", "granted");
  await open();
  expect(rowOf("Browser permission").textContent).toMatch(/^Press Allow/);
  const shown = screen.getByRole<HTMLInputElement>("switch", { name: notificationTexts.browser[0] });
  expect(shown.checked).toBe(false);
  await userEvent.click(shown);
  await waitFor(() => expect(shown.checked).toBe(true));
  expect(rowOf("Browser permission").textContent).toMatch(/^OK/);
});

test("a refused permission is explained", async () => {
  // spec 5.10
  withNotifications("denied");
  await open();
  expect(screen.getByText(notificationTexts.howToAllow)).toBeTruthy();
  expect(rowOf("Browser permission").textContent).toMatch(/^Allow notifications/);
  const shown = screen.getByRole<HTMLInputElement>("switch", { name: notificationTexts.browser[0] });
  await userEvent.click(shown);
  expect(shown.checked).toBe(false);
  await userEvent.click(screen.getByRole("switch", { name: notificationTexts.push.tech[0] }));
  expect((await screen.findByRole("alert")).textContent).toBe(notificationTexts.noPush.not_permitted);
});

test("Web Push when away subscribes this browser, and ends its subscription", async () => {
  // spec 5.8, 5.12
  withNotifications("granted");
  await open();
  const push = screen.getByRole<HTMLInputElement>("switch", { name: notificationTexts.push.tech[0] });
  await userEvent.click(push);
  await waitFor(() => expect(saved).toMatchObject({ pushWhenAway: true }));
  await waitFor(() => expect(push.checked).toBe(true));
  await userEvent.click(push);
  await waitFor(() => expect(registration.subscription).toBeNull());
  expect(saved).toMatchObject({ pushWhenAway: false });
  expect(push.checked).toBe(false);
});

test("each test row begins with OK once its test has passed", async () => {
  // spec 5.10
  withNotifications("granted");
  const { played } = fakeSound();
  server.routes.set("POST /test-notification", (body) => ({ status: 200, body: { deliveryId: body.connectionId || body.endpoint ? "t1" : "" } }));
  delivery({ receivedAt: "2026-03-02T09:00:00Z", shownAt: "2026-03-02T09:00:00Z" });
  await open();
  expect(screen.getAllByRole("listitem").map((row) => row.textContent?.slice(0, 2))).toEqual(["OK", "Pr", "Pr", "Pr", "OK"]);
  await press(rowOf("Test notification"), "Send test");
  await press(rowOf("Sound"), "Play");
  await press(rowOf("Web Push to this device"), "Send push");
  await waitFor(() => expect(screen.getAllByRole("listitem").map((row) => row.textContent?.slice(0, 2))).toEqual(["OK", "OK", "OK", "OK", "OK"]));
  expect(played).toEqual(["chime"]);
});

test("a test that the server does not answer, and a lost connection, say what to do", async () => {
  // spec 5.10
  withNotifications("granted");
  server.routes.set("POST /test-notification", () => ({ status: 400, body: { error: { kind: "failed_precondition" } } }));
  await open();
  await press(rowOf("Test notification"), "Send test");
  await waitFor(() => expect(rowOf("Test notification").textContent).toContain(notificationTexts.check.unanswered));
  server.cut();
  await waitFor(() => expect(rowOf("Connection").textContent).toMatch(/^Wait a moment or press Try now/));
  server.restore();
});

const AT = "2026-03-02T09:00:00Z";
const t = notificationTexts.check;
test.each<[string, typeof pageResult, Delivery, number, string | undefined]>([
  ["nothing yet", pageResult, {}, 500, undefined],
  ["received, and the sound may still come", pageResult, { receivedAt: AT }, 500, undefined],
  ["received, and neither shown nor sounded by preference", pageResult, { receivedAt: AT }, 3_000, t.page.received],
  ["sounded", pageResult, { receivedAt: AT, soundedAt: AT }, 3_000, t.page.sounded],
  ["shown", pageResult, { receivedAt: AT, shownAt: AT }, 500, t.page.shown],
  ["blocked sound", pageResult, { receivedAt: AT, failure: "It is blocked." }, 3_000, t.page.soundBlocked("It is blocked.")],
  ["failed", pageResult, { failedAt: AT, failure: "No page." }, 500, t.page.failed("No page.")],
  ["no answer", pageResult, {}, MAX_WAIT.page, t.page.late],
  ["accepted by the push service, not shown yet", pushResult, { receivedAt: AT }, 3_000, undefined],
  ["accepted and never shown", pushResult, { receivedAt: AT }, MAX_WAIT.push, t.push.accepted],
  ["push shown", pushResult, { receivedAt: AT, shownAt: AT }, 3_000, t.push.shown],
  ["push failed", pushResult, { failedAt: AT, failure: "410 Gone." }, 3_000, t.push.failed("410 Gone.")],
  ["push without an answer", pushResult, {}, MAX_WAIT.push, t.push.late],
])("the result of a test: %s", (_, judge, facts, waited, text) => {
  // spec 5.10
  const result = judge(facts, waited);
  expect(result?.text).toBe(text);
  if (result) expect(result.state === "ok").toBe(result.text.startsWith("OK"));
});
