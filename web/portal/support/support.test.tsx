import { screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";

import { MIA } from "../../wire/testing/fake_server";
import { go } from "../router";
import { OPEN, TICKET, box, button, chat, portal, reloaded, server, withPortal } from "../testing/portal";

withPortal();

const support = (body: object): unknown => server.routes.set("GET /support", () => ({ status: 200, body: { ...OPEN, ...body } }));
const closedUntil = (changesAt: string) => ({ open: false, mayChat: false, whyNot: "hours", changesAt });
const asked = () => server.calls.filter((call) => call === "GET /support").length;
const off = (element: HTMLElement) => element.getAttribute("aria-disabled") === "true";
const inThreeDays = new Date(Date.now() + 3 * 24 * 3_600_000);
const weekday = inThreeDays.toLocaleDateString(undefined, { weekday: "long" });

afterEach(() => void vi.useRealTimers());

test("a page opened before the desk opens enables chat when it opens", async () => {  // spec 2.11, 4.6
  support(closedUntil(new Date(Date.now() + 1_000).toISOString()));
  portal();
  expect(off(await button("Start chat"))).toBe(true);
  support({});

  await waitFor(async () => expect(off(await button("Start chat"))).toBe(false));
});

test("the support state is fetched again on focus and every minute", async () => {  // spec 2.11, 2.8
  vi.useFakeTimers({ shouldAdvanceTime: true, toFake: ["setInterval", "clearInterval", "Date"] });
  portal();
  await button("Start chat");
  vi.setSystemTime(Date.now() + 5_000);
  support(closedUntil(inThreeDays.toISOString()));
  dispatchEvent(new Event("focus"));
  await waitFor(async () => expect(off(await button("Start chat"))).toBe(true));

  support({ mayChat: false, whyNot: "permission" });
  vi.advanceTimersByTime(60_000);
  await waitFor(() => expect(screen.queryByRole("button", { name: "Start chat" })).toBeNull());
});

test("a hidden page does not fetch the support state", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true, toFake: ["setInterval", "clearInterval", "Date"] });
  portal();
  await button("Start chat");
  const before = asked();
  const hiding = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
  vi.advanceTimersByTime(300_000);
  hiding.mockRestore();

  expect(asked()).toBe(before);
});

test("while the desk is closed the page and the ticket show the next opening time as the reason", async () => {  // spec 4.6
  support(closedUntil(inThreeDays.toISOString()));
  portal();
  expect((await button("Start chat")).title).toContain(`Chat opens again ${weekday}`);
  go("/portal/tickets/t7");

  const start = await button("Chat about this ticket");
  expect(off(start)).toBe(true);
  expect(start.title).toContain(`Chat opens again ${weekday}`);
});

test("no chat control is shown until the support state is known, nor to a customer who may not chat", async () => {  // spec 2.8
  let answer = (): void => undefined;
  const asked = new Promise<void>((resolve) => (answer = resolve));
  server.routes.set("GET /support", async () => {
    await asked;
    return { status: 200, body: { ...OPEN, mayChat: false, mayCallBack: false, whyNot: "permission" } };
  });
  const seen: string[] = [];
  const watch = new MutationObserver(() => seen.push(...screen.queryAllByRole("button", { name: /chat/i }).map((one) => one.textContent ?? "")));
  watch.observe(document.body, { childList: true, subtree: true });
  portal("/portal/tickets/t7");
  await button("Close ticket");
  go("/portal/support");
  await button("Create a ticket");
  answer();
  await screen.findByText(/Chat is not available for you/);
  go("/portal/tickets/t7");
  await button("Close ticket");
  await waitFor(() => expect(screen.queryByRole("status", { name: "Loading" })).toBeNull());
  watch.disconnect();

  expect(seen).toEqual([]);
});

test.each(["/portal/support", "/portal/tickets/t7"])("a failed fetch of the support state shows an error and Try again retries it: %s", async (path) => {  // spec 2.8, 9.5
  server.routes.set("GET /support", () => ({ status: 503, body: { error: { kind: "unavailable", code: "unavailable", message: "Down." } } }));
  portal(path);
  expect((await screen.findByRole("alert")).textContent).toContain("check whether chat is available");
  expect(screen.queryByRole("button", { name: /Start chat|Chat about/ })).toBeNull();
  support({});
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));

  await button(path.endsWith("t7") ? "Chat about this ticket" : "Start chat");
});

test("the ticket's chat control stays while the support state is fetched again", async () => {  // spec 2.8
  portal("/portal/tickets/t7");
  await button("Chat about this ticket");
  server.routes.set("GET /support", () => new Promise(() => undefined));
  server.routes.set("GET /tickets/t7", () => ({ status: 200, body: { ticket: { ...TICKET, status: "TICKET_STATUS_CLOSED" }, timeline: [] } }));
  server.publish({ t: "ticket", ticket: { id: "t7" } });

  await button("Reopen ticket");
  expect(off(screen.getByRole("button", { name: "Chat about this ticket" }))).toBe(true);
});

test("a colleague's ticket has no chat control", async () => {  // spec 9.4, 2.2
  server.routes.set("GET /tickets/t7", () => ({ status: 200, body: { ticket: { ...TICKET, customer: { id: "leo", name: "Leo" } }, timeline: [] } }));
  portal("/portal/tickets/t7");
  await button("Close ticket");

  expect(screen.queryByRole("button", { name: "Chat about this ticket" })).toBeNull();
  expect(asked()).toBe(0);
});

test("text typed while a chat waits becomes the note of its call-back", async () => {  // spec 3.3, 4.10
  server.open("s1");
  let wish: unknown;
  server.routes.set("POST /sessions/s1/callback", (body) => {
    wish = body.wish;
    const moved = { statusChanged: { from: "CHAT_STATUS_WAITING", to: "CHAT_STATUS_CALLBACK", step: "STEP_CALL_BACK" } } as const;
    server.commit("s1", MIA, String(body.commandId), { callbackAsked: { wish: { phone: "+442079460101" } } }, moved);
    return { status: 200, body: { session: { card: server.card("s1"), entries: [] } } };
  });
  portal();
  await chat("Printer is on fire");
  await userEvent.type(await box(), "Ring twice");
  await userEvent.click(await button("Call me back"));
  const dialog = within(await screen.findByRole("dialog", { name: "Call me back" }));
  expect(dialog.getByRole("textbox", { name: "Note (optional)" })).toHaveProperty("value", "Ring twice");
  await userEvent.type(dialog.getByRole("textbox", { name: "Phone number" }), "+442079460101");
  await userEvent.click(dialog.getByRole("button", { name: "Request call back" }));

  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(wish).toMatchObject({ note: "Ring twice" });
  expect(await box()).toHaveProperty("value", "");
});

test("text typed on the request page is kept across a reload", async () => {  // spec 7.3
  portal();
  await userEvent.type(await box(), "Half a sen");
  reloaded();

  await waitFor(async () => expect(await box()).toHaveProperty("value", "Half a sen"));
});

test("a customer of an archived company reads why there is no chat and no new ticket", async () => {  // spec 2.10
  support({ mayChat: false, mayCallBack: false, whyNot: "archived" });
  portal();
  await screen.findByText(/^Your company is archived/);
  expect(["Start chat", "Call me back", "Create a ticket"].filter((name) => screen.queryByRole("button", { name }))).toEqual([]);

  go("/portal/tickets/t7");
  expect(off(await button("Chat about this ticket"))).toBe(true);
  await screen.findByText("This ticket is archived, so you cannot chat about it");
});
