import { cleanup, render, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test } from "vitest";

import { createStore, type Person } from "../wire/index.ts";
import { AVA, FakeServer, MIA } from "../wire/testing/fake_server";
import { App } from "./app";
import { createDesk } from "./desk";
import { go } from "./router";

const SAM: Person = { id: "sam", name: "Sam Okafor", side: "SIDE_ENGINEER" };
const TICKET = { id: "t7", number: 7, summary: "VPN drops", status: "TICKET_STATUS_NEW", createdAt: "2026-03-02T09:00:00Z", customer: MIA };

let server: FakeServer;
let leave: () => void = () => undefined;

beforeEach(() => {
  localStorage.clear();
  go({ page: "tickets" });
  server = new FakeServer("tech", AVA);
  server.routes.set("GET /tickets", () => ({ status: 200, body: { tickets: [TICKET], total: 1 } }));
  server.routes.set("GET /tickets/t7", () => ({ status: 200, body: { ticket: TICKET, timeline: [] } }));
  server.routes.set("GET /places", () => ({ status: 200, body: { boards: [{ id: "b1", name: "Service desk" }] } }));
  server.routes.set("GET /people", () => ({ status: 200, body: { people: [AVA, SAM] } }));
});

afterEach(() => {
  cleanup();
  leave();
});

function tech(): void {
  const desk = createDesk(createStore("tech", { fetch: server.fetch, WebSocket: server.WebSocket }));
  leave = () => desk.store.stop();
  desk.store.start();
  render(<App desk={desk} />);
}

function alert(sessionId: string, title: string, second = 0): void {
  const at = new Date(Date.UTC(2026, 4, 4, 9, 0, second)).toISOString();
  const facts = { reason: "ALERT_REASON_WAITING", customerId: "mia", customerName: "Mia Torres", companyName: "Acme Ltd", waitingSince: at, raisedAt: at } as const;
  server.say({ t: "alertRaised", alert: { alertId: `${sessionId}:waiting:ava`, personId: "ava", sessionId, title, ...facts } });
}

function joined(sessionId: string, person: Person): void {
  server.commit(sessionId, person, `join-${person.id}`, { participantJoined: { person } }, {
    statusChanged: { from: "CHAT_STATUS_WAITING", to: "CHAT_STATUS_HANDLED", step: "STEP_JOIN" },
  });
}

const answer = (id: string) => ({ status: 200, body: { session: { card: server.card(id), entries: server.log.get(id)!.slice(-1) } } });
const chat = (title: string) => screen.findByRole("region", { name: `Chat: ${title}` });
const ready = () => waitFor(() => expect(server.sockets.size).toBe(1)).then(() => screen.findByRole("complementary", { name: "Sessions" }));

async function inChat() {
  server.open("s1");
  joined("s1", AVA);
  tech();
  return within(await chat("Printer is on fire"));
}

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

test("who comes second gets no window, learns who was first, and may join anyway", async () => {
  // spec 3.5
  let asked: unknown;
  server.open("s1");
  tech();
  await userEvent.click(await screen.findByRole("tab", { name: "Waiting, 1" }));
  server.routes.set("POST /sessions/s1/join", (body) => {
    asked = body.mode;
    if (asked === "JOIN_MODE_ALSO") return joined("s1", AVA), answer("s1");
    const details = { person_id: "sam", person_name: "Sam Okafor", may_join: "true" };
    return { status: 400, body: { error: { kind: "failed_precondition", code: "joined_first", message: "no", details } } };
  });
  await userEvent.click(within(screen.getByRole("article", { name: "Printer is on fire" })).getByRole("button", { name: "Join" }));
  const lost = await screen.findByRole("alert");
  expect(lost.textContent).toContain("Sam Okafor joined first");
  expect(screen.queryByRole("region", { name: /^Chat:/ })).toBeNull();
  await userEvent.click(within(lost).getByRole("button", { name: "Join anyway" }));
  expect(await chat("Printer is on fire")).toBeTruthy();
  expect(asked).toBe("JOIN_MODE_ALSO");
});

test.each([
  ["an unattended chat is taken by the first who comes", { unattendedChanged: { unattended: true } }, "JOIN_MODE_TAKE"],
  ["an invited engineer need not be the first", { engineerInvited: { engineer: AVA } }, "JOIN_MODE_ALSO"],
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

function pushed(): void {
  const sessionOpened = { type: "CHAT_TYPE_PUSH", status: "CHAT_STATUS_WAITING", title: "Chat to Mia", customer: MIA } as const;
  server.commit("p1", AVA, "push", { sessionOpened }, { participantJoined: { person: AVA } });
}

test.each([
  ["STEP_DECLINE", "Mia Torres declined your chat", "Declined"],
  ["STEP_EXPIRE", "Mia Torres did not answer your chat in time", "No answer"],
] as const)("a push chat shows in every tab of its sender, who is told of %s even without its window", async (step, told, onCard) => {
  // spec 2.9
  tech();
  await ready();
  pushed(); // in another tab
  const window = within(await chat("Chat to Mia"));
  await userEvent.click(window.getByRole("button", { name: "Close" }));
  server.commit("p1", MIA, "no", { statusChanged: { from: "CHAT_STATUS_WAITING", to: "CHAT_STATUS_ABANDONED", step } });
  expect(await screen.findByText(told)).toBeTruthy();
  expect(screen.queryByRole("region", { name: "Chat: Chat to Mia" })).toBeNull();
  await userEvent.click(screen.getByRole("tab", { name: "Abandoned, 1" }));
  expect(screen.getByRole("article", { name: "Chat to Mia" }).textContent).toContain(onCard);
  await userEvent.click(screen.getByRole("button", { name: "Show" }));
  expect(await chat("Chat to Mia")).toBeTruthy();
});

test("at most four alerts stand, the rest is counted and leads to Waiting; a dismissed one goes at once", async () => {
  server.routes.set("POST /alerts/s6/dismiss", () => ({ status: 204 }));
  tech();
  await ready();
  for (const number of [1, 2, 3, 4, 5, 6]) alert(`s${number}`, `Chat ${number}`, number);
  const region = within(screen.getByRole("region", { name: "Chat alerts" }));
  await region.findByRole("button", { name: "+2 more" });
  expect(region.getAllByRole("article")).toHaveLength(4);
  await userEvent.click(within(region.getByRole("article", { name: "Chat 6" })).getByRole("button", { name: "Dismiss" }));
  expect(region.queryByRole("article", { name: "Chat 6" })).toBeNull();
  await userEvent.click(region.getByRole("button", { name: "+1 more" }));
  expect(screen.getByRole("tab", { name: "Waiting" }).getAttribute("aria-selected")).toBe("true");
});

test("a chat ends with a ticket whose board, summary and priority are filled in; Ctrl Enter does it", async () => {
  // spec 4.1
  const window = await inChat();
  let ending: Record<string, unknown> = {};
  server.routes.set("POST /sessions/s1/complete", (body) => {
    ending = body;
    server.commit("s1", AVA, "end", { statusChanged: { from: "CHAT_STATUS_HANDLED", to: "CHAT_STATUS_COMPLETED", step: "STEP_COMPLETE" } }, { sessionCompleted: {} });
    return answer("s1");
  });
  await userEvent.click(window.getByRole("button", { name: "Chat menu" }));
  await userEvent.click(screen.getByRole("menuitem", { name: "End chat session" }));
  const dialog = within(await screen.findByRole("dialog", { name: "End chat session" }));
  for (const name of ["Create ticket and attach chat log", "Attach to an existing ticket", "Close without a ticket"]) dialog.getByRole("button", { name });
  expect(dialog.getByRole<HTMLInputElement>("textbox", { name: "Summary" }).value).toBe("Printer is on fire");
  await dialog.findByRole("combobox", { name: "Board" });
  await userEvent.keyboard("{Control>}{Enter}{/Control}");
  expect(await window.findByText("The chat session is now closed")).toBeTruthy();
  expect(ending).toMatchObject({ create: { summary: "Printer is on fire", priority: "normal" } });
  expect(window.getByRole<HTMLTextAreaElement>("textbox", { name: "Message" }).disabled).toBe(true);
  expect(window.getByRole("button", { name: "Leave" })).toBeTruthy();
});

test("a chat ends when one's own last words have arrived, or without them if one says so", async () => {
  // spec 3.6, 4.2
  const window = await inChat();
  server.routes.set("POST /sessions/s1/complete", () => answer("s1"));
  for (const socket of server.sockets) socket.swallowed = true;
  await userEvent.type(window.getByRole("textbox", { name: "Message" }), "Bye{Enter}");
  await userEvent.click(window.getByRole("button", { name: "Chat menu" }));
  await userEvent.click(screen.getByRole("menuitem", { name: "End chat session" }));
  const dialog = within(await screen.findByRole("dialog", { name: "End chat session" }));
  await userEvent.click(dialog.getByRole("button", { name: "Close without a ticket" }));
  expect(await dialog.findByText("1 message is not sent yet", {}, { timeout: 3_000 })).toBeTruthy();
  expect(server.calls).not.toContain("POST /sessions/s1/complete");
  await userEvent.click(dialog.getByRole("button", { name: "End without sending" }));
  await waitFor(() => expect(server.calls).toContain("POST /sessions/s1/complete"));
});

test("the ticket that the log goes to is found by its words among all of the customer's", async () => {
  // spec 4.1
  const window = await inChat();
  let ending: unknown;
  server.routes.set("POST /sessions/s1/complete", (body) => ((ending = body.attach), answer("s1")));
  server.routes.set("GET /tickets", (_, url) => {
    const old = { id: "t1", number: 1, summary: "Old scanner", status: "TICKET_STATUS_NEW" };
    const mine = url.searchParams.get("customer") === "mia";
    return { status: 200, body: mine && url.searchParams.get("search") === "scanner" ? { tickets: [old], total: 1 } : { tickets: [TICKET], total: 51 } };
  });
  await userEvent.click(window.getByRole("button", { name: "Chat menu" }));
  await userEvent.click(screen.getByRole("menuitem", { name: "End chat session" }));
  await userEvent.click(await screen.findByRole("button", { name: "Attach to an existing ticket" }));
  const dialog = within(screen.getByRole("dialog", { name: "End chat session" }));
  expect(await dialog.findByText("50 more: search for it")).toBeTruthy();
  await userEvent.type(dialog.getByRole("searchbox", { name: "Search by number or words" }), "scanner");
  await userEvent.click(await dialog.findByRole("radio", { name: /Old scanner/ }));
  await userEvent.click(dialog.getByRole("button", { name: "End and attach chat log" }));
  await waitFor(() => expect(ending).toEqual({ ticketId: "t1" }));
});

test("an engineer is found by name, and invited", async () => {
  // spec 3.9
  const window = await inChat();
  let invited: unknown;
  server.routes.set("POST /sessions/s1/invite", (body) => ((invited = body.engineerId), answer("s1")));
  server.routes.set("GET /people", (_, url) => {
    const found = url.searchParams.get("search") === "sam" ? [SAM] : Array.from({ length: 60 }, (_, n) => ({ id: `e${n}`, name: `Engineer ${n}` }));
    return { status: 200, body: { people: found } };
  });
  await userEvent.click(window.getByRole("button", { name: "Add engineer" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Add engineer" }));
  expect(await dialog.findByText("10 more: type a name")).toBeTruthy();
  await userEvent.type(dialog.getByRole("searchbox", { name: "Find an engineer" }), "sam");
  const invite = await dialog.findByRole("button", { name: "Invite Sam Okafor" });
  server.say({ t: "presence", presences: [{ personId: "sam", presence: "PRESENCE_AWAY", revision: 1 }] });
  await waitFor(() => expect(invite.getAttribute("aria-disabled")).toBeNull());
  await userEvent.click(invite);
  await waitFor(() => expect(invited).toBe("sam"));
});

test("the only engineer cannot leave a live chat", async () => {
  // spec 4.9
  const window = await inChat();
  const button = window.getByRole("button", { name: "Leave chat" });
  expect(button.getAttribute("aria-disabled")).toBe("true");
  await userEvent.click(button);
  expect(server.calls).not.toContain("POST /sessions/s1/leave");
});

test("a minimised window counts what is unread, and restored it shows where that begins", async () => {
  const window = await inChat();
  await userEvent.click(window.getByRole("button", { name: "Minimise" }));
  server.commit("s1", MIA, "m2", { messagePosted: { messageId: "m2", text: "Still there?" } });
  expect(await window.findByText("1 unread")).toBeTruthy();
  await waitFor(() => expect(document.title).toMatch(/^\(1\)/));
  await userEvent.click(window.getByRole("button", { name: "Restore" }));
  expect((await window.findByRole("log")).textContent).toContain("New");
  await waitFor(() => expect(document.title).not.toMatch(/^\(/));
});

test("closing a window only hides it, and a reload finds the others again", async () => {
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

test("shortcuts do nothing while one types", async () => {
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

test("an abandoned session is closed with a note on what was done", async () => {
  // spec 4.11
  server.open("s1");
  server.commit("s1", MIA, "gone", { statusChanged: { from: "CHAT_STATUS_WAITING", to: "CHAT_STATUS_ABANDONED", step: "STEP_ABANDON" } });
  let ending: unknown;
  server.routes.set("POST /sessions/s1/complete", (body) => ((ending = body.closingNote), answer("s1")));
  tech();
  await userEvent.click(await screen.findByRole("tab", { name: "Abandoned, 1" }));
  await userEvent.click(screen.getByRole("button", { name: "End session" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Close session" }));
  await userEvent.click(dialog.getByRole("button", { name: "Close session" }));
  expect(dialog.getByRole("alert").textContent).toBe("Write what was done");
  await userEvent.type(dialog.getByRole("textbox", { name: "What was done?" }), "Called back");
  await userEvent.click(dialog.getByRole("button", { name: "Close session" }));
  await waitFor(() => expect(ending).toEqual({ note: "Called back" }));
});

function closedBy(person: Person, note: string): void {
  const [from, to] = ["CHAT_STATUS_ABANDONED", "CHAT_STATUS_COMPLETED"] as const;
  server.commit("s1", person, "close", { statusChanged: { from, to, step: "STEP_COMPLETE" } }, { sessionCompleted: {} }, { closeNoted: { note } });
}

async function viewAbandoned() {
  server.open("s1");
  server.commit("s1", MIA, "gone", { statusChanged: { from: "CHAT_STATUS_WAITING", to: "CHAT_STATUS_ABANDONED", step: "STEP_ABANDON" } });
  tech();
  await userEvent.click(await screen.findByRole("tab", { name: "Abandoned, 1" }));
  await userEvent.click(within(screen.getByRole("article", { name: "Printer is on fire" })).getByRole("button", { name: "View session" }));
  const window = within(await chat("Printer is on fire"));
  await window.findByText("The customer left before anyone came");
  return window;
}

test("who closed a session finds the note in its window, edits it, and finds the chat again by its words", async () => {
  // spec 4.12
  const window = await viewAbandoned();
  closedBy(AVA, "Called back");
  const record = within(await window.findByRole("region", { name: "Close note" }));
  expect(record.getByText("Called back")).toBeTruthy();
  expect(record.getByText(/Closed by Ava Chen/)).toBeTruthy();
  server.routes.set("POST /sessions/s1/note", (body) => (server.commit("s1", AVA, "amend", { closeNoted: { note: String(body.note) } }), answer("s1")));
  await userEvent.click(record.getByRole("button", { name: "Edit the note" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Close note" }));
  await userEvent.type(dialog.getByRole("textbox", { name: "What was done?" }), " at noon");
  await userEvent.click(dialog.getByRole("button", { name: "Save note" }));
  expect(await record.findByText("Called back at noon")).toBeTruthy();

  await userEvent.click(window.getByRole("button", { name: "Close" }));
  await userEvent.keyboard("{Control>}k{/Control}");
  await userEvent.type(await screen.findByRole("combobox", { name: "Type a command, a chat or a ticket" }), "printer{Enter}");
  expect(await within(await chat("Printer is on fire")).findByText("Called back at noon")).toBeTruthy();
});

test("only the closer is offered to change the note", async () => {
  // spec 4.12
  const window = await viewAbandoned();
  closedBy(SAM, "Wrote a mail");
  const record = within(await window.findByRole("region", { name: "Close note" }));
  expect(record.getByText("Wrote a mail")).toBeTruthy();
  expect(record.queryByRole("button")).toBeNull();
});

test("on a closed ticket Push chat says to reopen the ticket first", async () => {
  // spec 2.5
  const closed = { ticket: { ...TICKET, status: "TICKET_STATUS_CLOSED" }, timeline: [] };
  server.routes.set("GET /tickets/t7", () => ({ status: 200, body: closed }));
  go({ page: "ticket", id: "t7" });
  tech();
  const button = await screen.findByRole("button", { name: "Push chat" });
  server.say({ t: "presence", presences: [{ personId: "mia", presence: "PRESENCE_ONLINE", revision: 1 }] });
  await waitFor(() => expect(button.title).toBe("The ticket is closed: reopen the ticket first"));
  expect(button.getAttribute("aria-disabled")).toBe("true");
});

test("a ticket that is not there leads back to the list with a message", async () => {
  // spec 9.5
  go({ page: "ticket", id: "gone" });
  server.routes.set("GET /tickets/gone", () => ({ status: 404, body: { error: { kind: "not_found", code: "ticket_not_found", message: "no" } } }));
  tech();
  expect(await screen.findByText("That ticket is not there, or not yours to see.")).toBeTruthy();
  expect(await screen.findByRole("heading", { name: "Tickets" })).toBeTruthy();
});

test("the connection is said in words, and again when it is back", async () => {
  // spec 7.4
  tech();
  expect(await screen.findByRole("status", { name: "Connected" })).toBeTruthy();
  server.cut();
  expect(await screen.findByRole("status", { name: "Reconnecting ..." })).toBeTruthy();
  server.mend();
  await userEvent.click(screen.getByRole("button", { name: "Try now" }));
  expect(await screen.findByRole("status", { name: "Connected" })).toBeTruthy();
});
