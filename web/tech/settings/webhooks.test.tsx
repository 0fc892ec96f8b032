import { cleanup, render, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test } from "vitest";

import { createStore, type Webhook, type WebhookEvent } from "../../wire/index.ts";
import { ADMIN, AVA, FakeServer } from "../../wire/testing/fake_server";
import { App } from "../app";
import { createAppState } from "../app_state";
import { go } from "../router";

const URL = "https://desk.example/hook";
const EVENTS = ["WEBHOOK_EVENT_TYPE_SESSION_CREATED", "WEBHOOK_EVENT_TYPE_SESSION_STATUS_CHANGED"] as const;
const HOOK: Webhook = { webhookId: "w1", url: URL, events: [...EVENTS], enabled: true, createdAt: "2026-03-02T09:00:00Z" };

let server: FakeServer;
let webhooks: Webhook[];
let leave: () => void = () => undefined;

beforeEach(() => {
  localStorage.clear();
  go({ page: "settings" });
  server = new FakeServer("tech", AVA);
  webhooks = [HOOK];
  const empty = () => ({ status: 200, body: {} });
  for (const route of ["GET /settings/presence", "GET /places", "GET /people"]) server.routes.set(route, empty);
  server.routes.set("GET /settings/chat", () => ({ status: 200, body: { settings: { companies: {}, customers: {} }, version: 0 } }));
  server.routes.set("GET /start", () => ({ status: 200, body: { me: { person: ADMIN }, cards: [], alerts: [], missing: [] } }));
  server.routes.set("GET /webhooks", () => ({ status: 200, body: { webhooks } }));
});

afterEach(() => {
  cleanup();
  leave();
});

async function section() {
  const app = createAppState(createStore("tech", { fetch: server.fetch, WebSocket: server.WebSocket }));
  leave = () => app.store.stop();
  app.store.start();
  render(<App app={app} />);
  const region = await screen.findByRole("region", { name: "Webhooks" });
  if (webhooks.length) await within(region).findByRole("list", { name: "Webhooks" });
  return within(region);
}

const AT = "2026-03-02T14:05:00";

test.each<[Webhook, string | RegExp]>([
  [{}, "Delivering"],
  [{ enabled: false, queued: 2 }, "Off"],
  [{ pausedUntil: AT, failure: "Connection refused", failedAt: AT, queued: 3 }, /^Paused until .*: Connection refused$/],
  [{ failedAt: AT, deliveredAt: "2026-03-02T14:00:00", failure: "Status 500", queued: 1 }, "Trying again: Status 500"],
  [{ failedAt: AT, failure: "Status 410", dead: 1 }, "The last try failed: Status 410"],
  [{ failedAt: AT, deliveredAt: "2026-03-02T14:10:00", failure: "Status 500" }, "Delivering"],
])("a webhook shows its state in words: %o", async (change, text) => {
  // spec 5.13
  webhooks = [{ ...HOOK, ...change }];
  const list = await section();
  expect(list.getByText(text)).toBeTruthy();
  if (change.queued) expect(list.getByText(change.queued === 1 ? "1 event waits" : `${change.queued} events wait`)).toBeTruthy();
});

test("a webhook is added, and its secret is shown once with a button that copies it", async () => {
  // spec 5.13
  webhooks = [];
  const sent: Record<string, unknown>[] = [];
  server.routes.set("POST /webhooks", (body) => {
    sent.push(body);
    if (sent.length === 1) {
      return { status: 400, body: { error: { kind: "invalid_argument", code: "wrong_argument", field: "url", message: "The host desk.example has the address 10.0.0.1, which is not public" } } };
    }
    webhooks = [HOOK];
    return { status: 200, body: { webhook: HOOK, secret: "s3cret" } };
  });
  const list = await section();
  const user = userEvent.setup();
  await user.click(await list.findByRole("button", { name: "Add a webhook" }));
  const form = within(screen.getByRole("dialog", { name: "Add a webhook" }));
  await user.click(form.getByRole("button", { name: "Add" }));
  expect(form.getByText("Enter an address that begins with https://")).toBeTruthy();
  await user.type(form.getByRole("textbox", { name: "Address" }), URL);
  await user.click(form.getByRole("switch", { name: "New chat session" }));
  await user.click(form.getByRole("button", { name: "Add" }));
  expect(await form.findByText(/which is not public/)).toBeTruthy();
  await user.click(form.getByRole("button", { name: "Add" }));

  const dialog = within(await screen.findByRole("dialog", { name: "The webhook was added" }));
  expect(dialog.getByRole<HTMLInputElement>("textbox", { name: "Secret" }).value).toBe("s3cret");
  await user.click(dialog.getByRole("button", { name: "Copy" }));
  expect(await navigator.clipboard.readText()).toBe("s3cret");
  await user.click(dialog.getByRole("button", { name: "Done" }));
  expect(await list.findByText(URL)).toBeTruthy();
  expect(sent.at(-1)).toMatchObject({ url: URL, events: [EVENTS[1]] });
  expect(sent[0]!.commandId).toBeTruthy();
});

test("a webhook is switched off, edited, tested and, after a question, deleted", async () => {
  // spec 5.13
  const sent: unknown[] = [];
  server.routes.set("PUT /webhooks/w1", (body) => {
    sent.push(body);
    webhooks = [{ ...HOOK, ...(body as Webhook) }];
    return { status: 200, body: { webhook: webhooks[0] } };
  });
  server.routes.set("POST /webhooks/w1/test", () => ({ status: 200, body: {} }));
  server.routes.set("DELETE /webhooks/w1", () => {
    webhooks = [];
    return { status: 200, body: {} };
  });
  const list = await section();
  await userEvent.click(list.getByRole("button", { name: `Send a test to ${URL}` }));
  expect(await screen.findByText(/The test is on its way/)).toBeTruthy();
  await userEvent.click(list.getByRole("switch", { name: `Webhook ${URL} is on` }));
  expect(await list.findByText("Off")).toBeTruthy();
  expect(list.getByRole("button", { name: `Send a test to ${URL}` }).getAttribute("aria-disabled")).toBe("true");
  await userEvent.click(list.getByRole("button", { name: `Edit ${URL}` }));
  const form = within(screen.getByRole("dialog", { name: "Edit the webhook" }));
  await userEvent.type(form.getByRole("textbox", { name: "Address" }), "2");
  await userEvent.click(form.getByRole("button", { name: "Save" }));
  await list.findByText(`${URL}2`);
  expect(sent).toEqual([
    { url: URL, events: EVENTS, enabled: false },
    { url: `${URL}2`, events: EVENTS, enabled: false },
  ]);
  await userEvent.click(list.getByRole("button", { name: `Delete ${URL}2` }));
  expect(server.calls).not.toContain("DELETE /webhooks/w1");
  await userEvent.click(within(screen.getByRole("alertdialog")).getByRole("button", { name: "Delete" }));
  expect(await list.findByText("No webhooks yet")).toBeTruthy();
});

test("a paused webhook can be tried at once", async () => {
  // spec 5.13
  webhooks = [{ ...HOOK, pausedUntil: AT, failure: "Connection refused" }];
  server.routes.set("PUT /webhooks/w1", () => {
    webhooks = [HOOK];
    return { status: 200, body: {} };
  });
  const list = await section();
  await userEvent.click(list.getByRole("button", { name: `Try ${URL} now` }));
  expect(await list.findByText("Delivering")).toBeTruthy();
});

test("the delivery log shows each try in pages, and dead events can be replayed", async () => {
  // spec 5.13
  const dead = { state: "WEBHOOK_EVENT_STATE_DEAD", type: EVENTS[1], at: AT, tries: 9, status: 500, failure: "Status 500" } as const;
  let events: WebhookEvent[] = [
    { ...dead, eventId: "e3", sessionId: "s3", title: "Printer is on fire", customerName: "Mia Torres" },
    { ...dead, eventId: "e2", sessionId: "s2" },
    { eventId: "e1", type: EVENTS[0], state: "WEBHOOK_EVENT_STATE_DELIVERED", at: AT, triedAt: AT, tries: 1, status: 200, sessionId: "s1" },
  ];
  server.routes.set("GET /webhooks/w1/events", (_, url) => {
    return { status: 200, body: url.searchParams.get("page") ? { events: events.slice(2) } : { events: events.slice(0, 2), nextPageToken: "2" } };
  });
  const replayed: unknown[] = [];
  server.routes.set("POST /webhooks/w1/replay", ({ eventIds }) => {
    replayed.push(eventIds);
    const count = events.filter((event) => event.state === dead.state && (!(eventIds as string[]).length || (eventIds as string[]).includes(event.eventId!))).length;
    events = events.map((event) => (!(eventIds as string[]).length || (eventIds as string[]).includes(event.eventId!) ? { ...event, state: "WEBHOOK_EVENT_STATE_QUEUED", failure: "" } : event));
    return { status: 200, body: { queued: count } };
  });
  const list = await section();
  await userEvent.click(list.getByRole("button", { name: `Delivery log of ${URL}` }));
  const log = within(screen.getByRole("dialog", { name: "Delivery log" }));
  const rows = () => within(log.getByRole("list", { name: "Deliveries, newest first" })).getAllByRole("listitem");
  await waitFor(() => expect(rows()).toHaveLength(2));
  expect(rows()[0]!.textContent).toContain("Dead");
  expect(rows()[0]!.textContent).toContain("9 tries · Status 500");
  expect(rows()[0]!.textContent).toContain("Printer is on fireMia Torres");
  expect(rows()[1]!.textContent).toContain("Chat session s2");
  await userEvent.click(log.getByRole("button", { name: "Show older ones" }));
  await waitFor(() => expect(rows()).toHaveLength(3));
  expect(rows()[2]!.textContent).toContain("1 try · Status 200");
  await userEvent.click(log.getAllByRole("button", { name: /^Replay Chat session status changed of/ })[1]!);
  expect(await screen.findByText("1 event is sent again")).toBeTruthy();
  await waitFor(() => expect(rows()[1]!.textContent).toContain("Waiting"));
  expect(rows()).toHaveLength(3);
  await userEvent.click(log.getByRole("button", { name: "Replay all dead events" }));
  await waitFor(() => expect(rows()[0]!.textContent).toContain("Waiting"));
  expect(replayed).toEqual([["e2"], []]);
});

test("without an answer the section offers to try again", async () => {
  server.routes.set("GET /webhooks", () => ({ status: 403, body: { error: { kind: "permission_denied", code: "not_allowed", message: "no" } } }));
  webhooks = [];
  const list = await section();
  expect(await list.findByText("The webhooks could not be loaded")).toBeTruthy();
  server.routes.set("GET /webhooks", () => ({ status: 200, body: { webhooks: [HOOK] } }));
  await userEvent.click(list.getByRole("button", { name: /try again/i }));
  expect(await list.findByText(URL)).toBeTruthy();
});
