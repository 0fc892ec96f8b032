import { cleanup, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";

import { AVA, MIA } from "../wire/testing/fake_server";
import { go } from "./router";
import { SAM, alert, answer, chat, inChat, joined, leave, ready, server, tech, withTech } from "./testing/page";

withTech();

test("a waiting chat shows as an alert and under Waiting, and Join opens its window", async () => {
  // spec 5.1, 6.2, 3.5
  server.routes.set("POST /sessions/s1/join", () => (joined("s1", AVA), answer("s1")));
  tech();
  await ready();
  server.open("s1");
  alert("s1", "Printer is on fire");
  const card = await within(screen.getByRole("region", { name: "Chat alerts" })).findByRole("article", { name: "Printer is on fire" });
  expect(card.textContent).toContain("Mia Torres · Acme Ltd");
  expect(await screen.findByRole("tab", { name: "Waiting, 1" })).toBeTruthy();
  await userEvent.click(within(card).getByRole("button", { name: "Join" }));
  const window = within(await chat("Printer is on fire"));
  expect(await window.findByText("Ava Chen joined the chat")).toBeTruthy();
  expect(screen.getByRole("tab", { name: "My sessions, 1" })).toBeTruthy();
  await waitFor(() => expect(document.activeElement).toBe(window.getByRole("textbox", { name: "Message" })));
});

test("the second engineer to join gets no window, sees who was first, and may join anyway", async () => {
  // spec 3.5
  let asked: unknown;
  server.open("s1");
  tech();
  await userEvent.click(await screen.findByRole("tab", { name: "Waiting, 1" }));
  server.routes.set("POST /sessions/s1/join", (body) => {
    asked = body.mode;
    if (asked === "JOIN_MODE_ALSO") return joined("s1", AVA), answer("s1");
    const details = { person_id: "sam", person_name: "\u05d3\u05e0\u05d4", may_join: "true" };
    return { status: 400, body: { error: { kind: "failed_precondition", code: "joined_first", message: "no", details } } };
  });
  await userEvent.click(within(screen.getByRole("article", { name: "Printer is on fire" })).getByRole("button", { name: "Join" }));
  const lost = await screen.findByRole("alert");
  // A right-to-left name is isolated from the text around it.
  expect(lost.textContent).toContain("\u2068\u05d3\u05e0\u05d4\u2069 joined first");
  expect(screen.queryByRole("region", { name: /^Chat:/ })).toBeNull();
  await userEvent.click(within(lost).getByRole("button", { name: "Join anyway" }));
  expect(await chat("Printer is on fire")).toBeTruthy();
  expect(asked).toBe("JOIN_MODE_ALSO");
});

test.each([
  ["an unattended chat is taken by the first engineer who joins", { unattendedChanged: { unattended: true } }, "JOIN_MODE_TAKE"],
  ["an invited engineer joins in addition to others", { engineerInvited: { engineer: AVA } }, "JOIN_MODE_ALSO"],
])("%s", async (_, event, mode) => {
  // spec 3.5, 3.9, 3.12
  let asked: unknown;
  server.open("s1");
  joined("s1", SAM);
  server.commit("s1", SAM, "then", event);
  server.routes.set("POST /sessions/s1/join", (body) => ((asked = body.mode), joined("s1", AVA), answer("s1")));
  tech();
  await userEvent.click(await screen.findByRole("tab", { name: "Waiting, 1" }));
  await userEvent.click(within(screen.getByRole("article", { name: "Printer is on fire" })).getByRole("button", { name: "Join" }));
  expect(await chat("Printer is on fire")).toBeTruthy();
  expect(asked).toBe(mode);
});

test("at most four alerts are shown, the others are counted with a link to Waiting; a dismissed one disappears at once", async () => {
  server.routes.set("POST /alerts/s6/dismiss", () => ({ status: 204 }));
  tech();
  await ready();
  for (const number of [1, 2, 3, 4, 5, 6]) alert(`s${number}`, `Chat ${number}`, number);
  const region = within(screen.getByRole("region", { name: "Chat alerts" }));
  await region.findByRole("button", { name: "+2 more" });
  expect(region.getAllByRole("article")).toHaveLength(4);
  await userEvent.click(within(region.getByRole("article", { name: "Chat 6" })).getByRole("button", { name: "Dismiss" }));
  expect(region.queryByRole("article", { name: "Chat 6" })).toBeNull();
  expect(document.activeElement).toBe(screen.getByRole("region", { name: "Chat alerts" }));
  await userEvent.click(region.getByRole("button", { name: "+1 more" }));
  expect(screen.getByRole("tab", { name: "Waiting" }).getAttribute("aria-selected")).toBe("true");
});

test.each([true, false])("a page that is opened closes the sessions that cover it on a phone (phone: %s)", async (phone) => {
  vi.spyOn(window, "matchMedia").mockImplementation((media) => Object.assign(new EventTarget(), { matches: phone, media }) as MediaQueryList);
  tech();
  await userEvent.click(await screen.findByRole("tab", { name: "Waiting" }));
  expect(screen.getByRole("heading", { name: "Waiting" })).toBeTruthy();
  await userEvent.click(screen.getByRole("link", { name: "Tickets" }));
  await waitFor(() => expect(screen.queryByRole("heading", { name: "Waiting" }) === null).toBe(phone));
  vi.restoreAllMocks();
});

test("the only engineer cannot leave a live chat", async () => {
  // spec 4.9
  const window = await inChat();
  const button = window.getByRole("button", { name: "Leave chat" });
  expect(button.getAttribute("aria-disabled")).toBe("true");
  await userEvent.click(button);
  expect(server.calls).not.toContain("POST /sessions/s1/leave");
});

test("a minimised window counts unread messages, and the restored window marks the first one", async () => {
  const window = await inChat();
  await userEvent.click(window.getByRole("button", { name: "Minimise" }));
  server.commit("s1", MIA, "m2", { messagePosted: { messageId: "m2", text: "Still there?" } });
  expect(await window.findByText("1 unread")).toBeTruthy();
  await waitFor(() => expect(document.title).toMatch(/^\(1\)/));
  await userEvent.click(window.getByRole("button", { name: "Restore chat Printer is on fire, 1 unread" }));
  expect((await window.findByRole("log")).textContent).toContain("New");
  await waitFor(() => expect(document.title).not.toMatch(/^\(/));
});

test("closing a window only hides it, and a reload restores the other windows", async () => {
  // spec 7.1
  server.open("s2", MIA, "Second");
  joined("s2", AVA);
  await userEvent.click((await inChat()).getByRole("button", { name: "Close" }));
  cleanup();
  leave();
  tech();
  expect(await chat("Second")).toBeTruthy();
  expect(screen.queryByRole("region", { name: "Chat: Printer is on fire" })).toBeNull();
  expect(screen.getByRole("tab", { name: "My sessions, 2" })).toBeTruthy();
});

test("shortcuts do nothing while a person types", async () => {
  const window = await inChat();
  server.open("s3", MIA, "Waits");
  server.routes.set("POST /sessions/s3/join", () => (joined("s3", AVA), answer("s3")));
  await screen.findByRole("tab", { name: "Waiting, 1" });
  await userEvent.type(window.getByRole("textbox", { name: "Message" }), "jj?");
  expect(server.calls).not.toContain("POST /sessions/s3/join");
  await userEvent.keyboard("{Escape}j");
  const taken = within(await chat("Waits"));
  await waitFor(() => expect(document.activeElement).toBe(taken.getByRole("textbox", { name: "Message" })));
});

test("a missing ticket shows the list with a message", async () => {
  // spec 9.5
  go({ page: "ticket", id: "gone" });
  server.routes.set("GET /tickets/gone", () => ({ status: 404, body: { error: { kind: "not_found", code: "ticket_not_found", message: "no" } } }));
  tech();
  expect(await screen.findByText("That ticket does not exist, or you do not have access to it.")).toBeTruthy();
  expect(await screen.findByRole("heading", { name: "Tickets" })).toBeTruthy();
});

test("the connection state is shown as text, and again after the reconnect", async () => {
  // spec 7.4
  tech();
  expect(await screen.findByRole("status", { name: "Connected" })).toBeTruthy();
  server.cut();
  expect(await screen.findByRole("status", { name: "Reconnecting ..." })).toBeTruthy();
  server.restore();
  await userEvent.click(screen.getByRole("button", { name: "Try now" }));
  expect(await screen.findByRole("status", { name: "Connected" })).toBeTruthy();
});
