import { act, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { AVA, MIA, message } from "../../wire/testing/fake_server";
import { go } from "../router";
import { TICKET, answer, chat, joined, ready, server, tech, withTech } from "../testing/page";

withTech();

async function open(id = "s1"): Promise<void> {
  server.routes.set("GET /history", () => ({ status: 200, body: { cards: [server.card("s1")], total: 1 } }));
  go({ page: "session", id });
  tech();
  await ready();
}

const details = async () => within(await screen.findByRole("complementary", { name: "Details" }));

function completed(): void {
  server.open("s1");
  joined("s1", AVA);
  server.commit("s1", AVA, "m1", message("m1", "Is it still burning?"));
  server.commit("s1", AVA, "leave", { participantLeft: { person: AVA } });
  server.commit("s1", AVA, "end", { statusChanged: { from: "CHAT_STATUS_HANDLED", to: "CHAT_STATUS_COMPLETED", step: "STEP_COMPLETE" } }, { sessionCompleted: {} });
  server.commit("s1", AVA, "linked", { ticketLinked: { ticketId: "t7", ticketNumber: 7 } });
}

test("the log is grouped by days and names each sender's side", async () => {
  // spec 8.2
  completed();
  const entries = server.log.get("s1")!;
  entries.forEach((entry, number) => (entry.at = new Date(Date.UTC(2026, 2, number < 2 ? 2 : 4, 12, number)).toISOString()));
  await open();
  const log = within(await screen.findByRole("region", { name: "Chat log" }));
  const days = log.getAllByRole("heading", { level: 2 }).map(({ textContent }) => textContent);
  expect(days).toHaveLength(2);
  const second = within(log.getByRole("region", { name: days[1]! }));
  expect(second.getByText("Is it still burning?").closest("article")!.textContent).toContain("Engineer");
  expect(log.getByText("Printer is on fire").closest("article")!.textContent).toContain("Customer");
  expect(second.getByText(/The chat session is now closed/)).toBeTruthy();
});

test("the log has links and code as in the chat", async () => {
  // spec 7.7
  completed();
  server.commit("s1", AVA, "m2", message("m2", "See https://example.com/a. Run `df -h`"));
  await open();
  const log = within(await screen.findByRole("region", { name: "Chat log" }));
  const link = log.getByRole("link", { name: "https://example.com/a" });
  expect([link.getAttribute("href"), link.getAttribute("rel")]).toEqual(["https://example.com/a", "noopener noreferrer"]);
  expect(log.getByText("df -h").tagName).toBe("CODE");
});

test("the panel has type, people, times, ticket, waits and statuses", async () => {
  // spec 8.2, 3.4
  completed();
  await open();
  const panel = await details();
  const facts = Object.fromEntries([...document.querySelectorAll(".record__facts dt")].map((name) => [name.textContent, name.nextElementSibling!.textContent]));
  expect(facts).toMatchObject({ Type: "Request", "Created by": "Mia Torres (Customer)", "First engineer": "Ava Chen", "Customer waited": "0:00", Duration: "0:00" });
  expect(Object.keys(facts)).toEqual(expect.arrayContaining(["Created", "First handled", "Closed"]));
  expect(panel.getByRole("link", { name: "#7" }).getAttribute("href")).toBe("/tech/tickets/t7");
  const course = within(panel.getByRole("region", { name: "Statuses" }));
  expect(course.getAllByRole("listitem").map(({ textContent }) => textContent!.split(" ")[0])).toEqual(["Waiting", "Handled", "Completed"]);
});

test("the panel has the customer's answer and comment once they are given", async () => {
  // spec 4.15, 8.2
  completed();
  await open();
  const panel = await details();
  expect(panel.queryByRole("region", { name: "Customer's answer" })).toBeNull();
  act(() => void server.commit("s1", MIA, "answer", { feedbackGiven: { solved: "SOLVED_NO" } }));
  const given = await panel.findByRole("region", { name: "Customer's answer" });
  expect(within(given).getByText("Solved: no")).toBeTruthy();
  expect(given.querySelectorAll("p")).toHaveLength(1);
  act(() => void server.commit("s1", MIA, "comment", { feedbackCommented: { comment: "It <b>smokes</b>" } }));
  expect(await within(given).findByText("It <b>smokes</b>")).toBeTruthy();
});

test("a call-back shows how to reach the customer", async () => {
  // spec 8.2, 4.10
  server.open("s1");
  const wish = { phone: "+6491234567", note: "After lunch", byChat: false, windows: [] };
  server.commit("s1", MIA, "wish", { callbackAsked: { wish } }, { statusChanged: { from: "CHAT_STATUS_WAITING", to: "CHAT_STATUS_CALLBACK", step: "STEP_CALL_BACK" } });
  await open();
  const callback = within((await details()).getByRole("region", { name: "Call-back" }));
  expect(callback.getByRole("link", { name: /Call/ }).getAttribute("href")).toBe("tel:+6491234567");
  expect(callback.getByText("After lunch")).toBeTruthy();
});

test("the closer edits the note on the end", async () => {
  // spec 4.12
  completed();
  await open();
  server.routes.set("POST /sessions/s1/note", (body) => {
    server.commit("s1", AVA, "note", { closeNoted: { note: String(body.note) } });
    return answer("s1");
  });
  await userEvent.click((await details()).getByRole("button", { name: "Add a note" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.type(dialog.getByRole("textbox"), "Replaced the fuser");
  await userEvent.click(dialog.getByRole("button", { name: "Save note" }));
  await waitFor(async () => expect((await details()).getByText("Replaced the fuser")).toBeTruthy());
});

test("an open chat goes on while its page is shown, also after its window was closed", async () => {
  // spec 8.1, 3.6
  server.open("s1");
  await open();
  await userEvent.click((await details()).getByRole("button", { name: "Open chat window" }));
  await userEvent.click(within(await chat("Printer is on fire")).getByRole("button", { name: "Close" }));
  await waitFor(() => expect(screen.queryByRole("region", { name: "Chat: Printer is on fire" })).toBeNull());
  server.commit("s1", MIA, "m2", message("m2", "Hello?"));
  expect(await within(await screen.findByRole("region", { name: "Chat log" })).findByText("Hello?")).toBeTruthy();
});

test("the page explains why the chat alerted the reader or not", async () => {
  // spec 5.11
  completed();
  server.routes.set("GET /sessions/s1/explanation", () => ({ status: 200, body: { alerted: true } }));
  await open();
  await userEvent.click((await details()).getByRole("button", { name: "Why did it not ring me?" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Why did it not ring me?" }));
  expect(await dialog.findByText(/Ava Chen.* was alerted/)).toBeTruthy();
});

test("a chat that does not exist or is hidden leads back to the list with a message", async () => {
  // spec 10.2, 9.5
  await open("hidden");
  expect(await screen.findByText("That chat does not exist, or you do not have access to it.")).toBeTruthy();
  await screen.findByRole("heading", { name: "History", level: 1 });
  expect(location.pathname).toBe("/tech/history");
});

test("a ticket's chat entry opens the history", async () => {
  // spec 4.2, 8.2
  completed();
  const entry = { id: "e1", at: "2026-03-02T09:00:00Z", by: AVA, chat: { sessionId: "s1", title: "Printer is on fire" } };
  server.routes.set("GET /tickets/t7", () => ({ status: 200, body: { ticket: TICKET, timeline: [entry] } }));
  go({ page: "ticket", id: "t7" });
  tech();
  await ready();
  await userEvent.click(await screen.findByRole("link", { name: "Open history" }));
  await screen.findByRole("region", { name: "Chat log" });
  expect(location.pathname).toBe("/tech/history/s1");
});

test("a long log is shown in parts", async () => {
  // spec 8.2
  server.open("s1");
  for (let number = 0; number < 320; number++) server.commit("s1", MIA, `m${number}`, message(`m${number}`, `Line ${number}`));
  await open();
  const log = within(await screen.findByRole("region", { name: "Chat log" }));
  expect(log.queryByText("Line 319")).toBeNull();
  await userEvent.click(log.getByRole("button", { name: /Show \d+ more/ }));
  expect(log.getByText("Line 319")).toBeTruthy();
});
