import { screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import type { Person } from "../../wire/index.ts";
import { AVA, MIA } from "../../wire/testing/fake_server";
import { go } from "../router";
import { SAM, TICKET, alert, answer, chat, inChat, joined, ready, server, tech, withTech } from "../testing/page";

withTech();

function pushed(): void {
  const sessionOpened = { type: "CHAT_TYPE_PUSH", status: "CHAT_STATUS_WAITING", title: "Chat to Mia", customer: MIA } as const;
  server.commit("p1", AVA, "push", { sessionOpened }, { participantJoined: { person: AVA } });
}

test.each([
  ["STEP_DECLINE", "Mia Torres declined your chat", "Declined"],
  ["STEP_EXPIRE", "Mia Torres did not answer your chat in time", "No answer"],
] as const)("a push chat shows in every tab of its sender, and %s is announced even without its window", async (step, shown, onCard) => {
  // spec 2.9
  tech();
  await ready();
  pushed(); // in another tab
  const window = within(await chat("Chat to Mia"));
  await userEvent.click(window.getByRole("button", { name: "Close" }));
  server.commit("p1", MIA, "no", { statusChanged: { from: "CHAT_STATUS_WAITING", to: "CHAT_STATUS_ABANDONED", step } });
  expect(await screen.findByText(shown)).toBeTruthy();
  expect(screen.queryByRole("region", { name: "Chat: Chat to Mia" })).toBeNull();
  await userEvent.click(screen.getByRole("tab", { name: "Abandoned, 1" }));
  expect(screen.getByRole("article", { name: "Chat to Mia" }).textContent).toContain(onCard);
  await userEvent.click(screen.getByRole("button", { name: "Show" }));
  expect(await chat("Chat to Mia")).toBeTruthy();
});

test("an ended chat that was left in another tab closes here, and a live one stays", async () => {
  // spec 4.3, 7.1
  await inChat();
  server.open("s2", MIA, "Second");
  for (const person of [SAM, AVA]) joined("s2", person);
  await chat("Second");
  const [from, to] = ["CHAT_STATUS_HANDLED", "CHAT_STATUS_COMPLETED"] as const;
  server.commit("s1", AVA, "end", { statusChanged: { from, to, step: "STEP_COMPLETE" } }, { sessionCompleted: {} });
  expect(await within(await chat("Printer is on fire")).findByText("The chat session is now closed")).toBeTruthy();
  for (const id of ["s1", "s2"]) server.commit(id, AVA, `leave-${id}`, { participantLeft: { person: AVA } });
  await waitFor(() => expect(screen.queryByRole("region", { name: "Chat: Printer is on fire" })).toBeNull());
  expect(await chat("Second")).toBeTruthy();
});

test("the window of a chat whose conversation cannot be fetched shows its title", async () => {
  // spec 7.8, 9.5
  server.open("s1");
  joined("s1", AVA);
  server.routes.set("GET /sessions/s1", () => ({ status: 503, body: { error: { kind: "unavailable", code: "unavailable", message: "Down." } } }));
  tech();
  const window = within(await chat("Printer is on fire"));
  expect((await window.findByRole("alert")).textContent).toContain("Retrying automatically.");
  expect(window.getByRole("list", { name: "People in this chat" }).textContent).toContain("Mia Torres");
});

test("the window names customer and company, also when the customer has left", async () => {
  // spec 7.8
  const window = await inChat();
  server.commit("s1", AVA, "company", { placeChanged: { boardId: "b1", companyId: "c1", companyName: "Acme Ltd" } });
  expect((await window.findByTitle("Mia Torres · Acme Ltd")).textContent).toBe("Mia TorresAcme Ltd");
  server.commit("s1", MIA, "left", { participantLeft: { person: MIA } });
  await waitFor(() => expect(window.getByRole("list", { name: "People in this chat" }).textContent).not.toContain("Mia Torres"));
  expect(window.getByTitle("Mia Torres · Acme Ltd")).toBeTruthy();
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

test("a chat ends once the engineer's last messages have arrived, or without them if the engineer chooses that", async () => {
  // spec 3.6, 4.2
  const window = await inChat();
  server.routes.set("POST /sessions/s1/complete", () => answer("s1"));
  for (const socket of server.sockets) socket.dropsFrames = true;
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

test("the ticket for the log is found by search among all of the customer's tickets", async () => {
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
  expect(await dialog.findByText("50 more. Search to find them.")).toBeTruthy();
  await userEvent.type(dialog.getByRole("searchbox", { name: "Search by number or text" }), "scanner");
  await userEvent.click(await dialog.findByRole("radio", { name: /Old scanner/ }));
  await userEvent.click(dialog.getByRole("button", { name: "End and attach chat log" }));
  await waitFor(() => expect(ending).toEqual({ ticketId: "t1" }));
});

test("an engineer is found by name and invited", async () => {
  // spec 3.9
  const window = await inChat();
  let invited: unknown;
  server.routes.set("POST /sessions/s1/invite", (body) => ((invited = body.engineerId), answer("s1")));
  server.routes.set("GET /people", (_, url) => {
    const found = url.searchParams.get("search") === "sam" ? [SAM] : Array.from({ length: 60 }, (_, n) => ({ id: `e${n}`, name: `Engineer ${n}` }));
    // The first page of the search is empty and is followed by another one (proto ListPeopleResponse).
    const first = found[0] === SAM && !url.searchParams.has("page");
    return { status: 200, body: first ? { people: [], nextPageToken: "2" } : { people: found } };
  });
  await userEvent.click(window.getByRole("button", { name: "Add engineer" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Add engineer" }));
  expect(await dialog.findByText("More engineers are not shown. Type a name to find them.")).toBeTruthy();
  await userEvent.type(dialog.getByRole("searchbox", { name: "Find an engineer" }), "sam");
  const invite = await dialog.findByRole("button", { name: "Invite Sam Okafor" });
  server.publish({ t: "presence", presences: [{ personId: "sam", presence: "PRESENCE_AWAY", revision: 1 }] });
  await waitFor(() => expect(invite.getAttribute("aria-disabled")).toBeNull());
  await userEvent.click(invite);
  await waitFor(() => expect(invited).toBe("sam"));
});

test("an abandoned session is closed with a note on what was done", async () => {
  // spec 4.11
  server.open("s1");
  server.commit("s1", MIA, "gone", { statusChanged: { from: "CHAT_STATUS_WAITING", to: "CHAT_STATUS_ABANDONED", step: "STEP_ABANDON" } });
  let ending: unknown;
  server.routes.set("POST /sessions/s1/complete", (body) => ((ending = body.closingNote), answer("s1")));
  tech();
  await userEvent.click(await screen.findByRole("tab", { name: "Abandoned, 1" }));
  const opened = async () => {
    await userEvent.click(screen.getByRole("button", { name: "End session" }));
    return within(await screen.findByRole("dialog", { name: "Close session" }));
  };
  const first = await opened();
  await userEvent.click(first.getByRole("button", { name: "Close session" }));
  expect(first.getByRole("alert").textContent).toBe("Write what was done");
  await userEvent.type(first.getByRole("textbox", { name: "What was done?" }), "Called");
  await userEvent.keyboard("{Escape}");
  const dialog = await opened();
  expect(dialog.getByRole("textbox", { name: "What was done?" })).toHaveProperty("value", "Called"); // spec 7.9
  await userEvent.type(dialog.getByRole("textbox", { name: "What was done?" }), " back");
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
  await window.findByText("The customer left before anyone joined");
  return window;
}

test("the closer of a session sees its note in the window, edits it, and finds the chat by search", async () => {
  // spec 4.12
  const window = await viewAbandoned();
  closedBy(AVA, "Called back");
  const record = within(await window.findByRole("region", { name: "Closing note" }));
  expect(record.getByText("Called back")).toBeTruthy();
  expect(record.getByText(/Closed by Ava Chen/)).toBeTruthy();
  server.routes.set("POST /sessions/s1/note", (body) => (server.commit("s1", AVA, "amend", { closeNoted: { note: String(body.note) } }), answer("s1")));
  await userEvent.click(record.getByRole("button", { name: "Edit the note" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Closing note" }));
  await userEvent.type(dialog.getByRole("textbox", { name: "What was done?" }), " at noon");
  await userEvent.click(dialog.getByRole("button", { name: "Save note" }));
  expect(await record.findByText("Called back at noon")).toBeTruthy();

  await userEvent.click(window.getByRole("button", { name: "Close" }));
  await userEvent.keyboard("{Control>}k{/Control}");
  await userEvent.type(await screen.findByRole("combobox", { name: "Type a command, or search chats and tickets" }), "printer{Enter}");
  expect(await within(await chat("Printer is on fire")).findByText("Called back at noon")).toBeTruthy();
});

test("only the closer can change the note", async () => {
  // spec 4.12
  const window = await viewAbandoned();
  closedBy(SAM, "Wrote a mail");
  const record = within(await window.findByRole("region", { name: "Closing note" }));
  expect(record.getByText("Wrote a mail")).toBeTruthy();
  expect(record.queryByRole("button")).toBeNull();
});

test("on a closed ticket Push chat asks to reopen the ticket first", async () => {
  // spec 2.5
  const closed = { ticket: { ...TICKET, status: "TICKET_STATUS_CLOSED" }, timeline: [] };
  server.routes.set("GET /tickets/t7", () => ({ status: 200, body: closed }));
  go({ page: "ticket", id: "t7" });
  tech();
  const button = await screen.findByRole("button", { name: "Push chat" });
  server.publish({ t: "presence", presences: [{ personId: "mia", presence: "PRESENCE_ONLINE", revision: 1 }] });
  await waitFor(() => expect(button.title).toBe("The ticket is closed. Reopen it first"));
  expect(button.getAttribute("aria-disabled")).toBe("true");
});
