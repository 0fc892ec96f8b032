import { fireEvent, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";

import { AVA, MIA, message, note } from "../../wire/testing/fake_server";
import { go } from "../router";
import { SAM, chat, joined, ready, server, tech, withTech } from "../testing/page";

withTech();
let role = "ROLE_ENGINEER";
beforeEach(() => (role = "ROLE_ENGINEER"));

const MARK = "Internal note: only engineers see this";
const sent = () => server.received.flatMap((frame) => (frame.t === "post" || frame.t === "note" ? [[frame.t, frame.text]] : []));

/** The window of a chat of Mia with an engineer: this one, or Sam. */
async function open(engineer = AVA) {
  server.open("s1");
  joined("s1", engineer);
  const start = { me: { id: "sign-in-1", person: { ...AVA, role }, desk: { name: "Harbour IT" }, expiresAt: "2100-01-01T00:00:00Z" } };
  server.routes.set("GET /start", () => ({ status: 200, body: { ...start, cards: server.cards(), alerts: [], missing: [], reads: [], serverTime: new Date().toISOString() } }));
  tech();
  await ready();
  if (engineer !== AVA) {
    go({ page: "session", id: "s1" });
    await userEvent.click(await screen.findByRole("button", { name: "Open chat window" }));
  }
  return within(await chat("Printer is on fire"));
}

test("an engineer chooses who reads the text, and a note is marked by words", async () => {
  // spec 13.3
  const window = await open();
  await userEvent.type(window.getByRole("textbox", { name: "Message" }), "To you{Enter}");
  await userEvent.click(within(window.getByRole("radiogroup", { name: "Who can see it" })).getByRole("radio", { name: "Internal note" }));
  const box = window.getByRole("textbox", { name: "Internal note" });
  expect(document.activeElement).toBe(box);
  expect(window.getByText("Only engineers see this")).toBeTruthy();
  await userEvent.type(box, "Between us");
  await userEvent.click(window.getByRole("button", { name: "Send internal note" }));
  await waitFor(() => expect(sent()).toEqual([["post", "To you"], ["note", "Between us"]]));
  const log = within(window.getByRole("log"));
  await waitFor(() => expect(log.getAllByText(MARK)).toHaveLength(1));
  expect(log.getByText("Between us").closest(".chat-log__group")!.textContent).toContain(MARK);
  expect(log.getByText("To you").closest(".chat-log__group")!.textContent).not.toContain(MARK);
  expect(window.getByRole("textbox", { name: "Internal note" })).toBeTruthy(); // the choice stays
});

test("what is typed as a note never becomes a message, and nobody is shown as typing", async () => {
  // spec 7.5, 7.9, 13.3
  const window = await open();
  await userEvent.click(window.getByRole("radio", { name: "Internal note" }));
  await userEvent.type(window.getByRole("textbox", { name: "Internal note" }), "Difficult one");
  await userEvent.click(window.getByRole("radio", { name: "Message" }));
  expect(window.getByRole("textbox", { name: "Message" })).toHaveProperty("value", "");
  expect(server.received.some((frame) => frame.t === "typing")).toBe(false);
  await userEvent.click(window.getByRole("button", { name: "Close" }));
  await userEvent.click(await screen.findByRole("tab", { name: /^My sessions/ }));
  await userEvent.click(screen.getByRole("button", { name: "Open" }));
  const anew = within(await chat("Printer is on fire"));
  expect(anew.getByRole("textbox", { name: "Internal note" })).toHaveProperty("value", "Difficult one");
});

test("a supervisor who is not in the chat writes notes only", async () => {
  // spec 13.4
  role = "ROLE_SUPERVISOR";
  const window = await open(SAM);
  expect(window.queryByRole("radiogroup")).toBeNull();
  expect(window.getByText(MARK)).toBeTruthy();
  await userEvent.type(window.getByRole("textbox", { name: "Internal note" }), "Offer her a new one{Enter}");
  await waitFor(() => expect(sent()).toEqual([["note", "Offer her a new one"]]));
  expect(server.card("s1").participants?.map((person) => person.id)).toEqual(["mia", "sam"]);
});

test.each([
  ["Offer her a new one", "Internal note"],
  ["", "Message"],
])("after joining, the box of a supervisor with the note '%s' is for: %s", async (text, name) => {
  // spec 13.3, 13.4
  role = "ROLE_SUPERVISOR";
  const window = await open(SAM);
  await userEvent.type(window.getByRole("textbox", { name: "Internal note" }), `Sent{Enter}${text}`);
  joined("s1", AVA);
  await window.findByRole("radiogroup");
  expect(window.getByRole("textbox", { name })).toHaveProperty("value", text);
});

test("another engineer who is not in the chat writes nothing", async () => {
  // spec 13.3
  const window = await open(SAM);
  expect(window.getByRole("textbox", { name: "Message" })).toHaveProperty("disabled", true);
  expect(window.queryByRole("radiogroup")).toBeNull();
});

test("an ended chat takes no notes", async () => {
  // spec 4.3, 13.3
  const window = await open();
  expect(window.getByRole("radiogroup")).toBeTruthy();
  server.commit("s1", AVA, "end", { statusChanged: { from: "CHAT_STATUS_HANDLED", to: "CHAT_STATUS_COMPLETED", step: "STEP_COMPLETE" } }, { sessionCompleted: {} });
  await waitFor(() => expect(window.queryByRole("radiogroup")).toBeNull());
  expect(window.getByRole("textbox", { name: "Message" })).toHaveProperty("disabled", true);
});

test("a note of another engineer is marked, apart from that engineer's messages, and announced as a note", async () => {
  // spec 7.6, 13.3
  const window = await open();
  server.commit("s1", SAM, "m1", message("m1", "Hello Mia"));
  server.commit("s1", SAM, "n1", note("n1", "She had this in March"));
  const text = await window.findByText("She had this in March");
  expect(text.closest(".chat-log__group")!.textContent).toContain(MARK);
  expect(text.closest(".chat-log__group")!.textContent).not.toContain("Hello Mia");
  await userEvent.click(window.getByRole("button", { name: "Close" }));
  server.commit("s1", SAM, "n2", note("n2", "And in May"));
  expect(await screen.findByText("New internal note from Sam Okafor")).toBeTruthy();
  await screen.findByRole("tab", { name: "My sessions, 1, 1 unread" });
});

test("canned replies are for messages", async () => {
  // spec 13.1, 13.3
  server.routes.set("GET /canned-replies", () => ({ status: 200, body: { own: [{ replyId: "r", title: "Hello", text: "Hello {date}" }] } }));
  const window = await open();
  const box = window.getByRole<HTMLTextAreaElement>("textbox", { name: "Message" });
  fireEvent.input(box, { target: { value: "/" } });
  expect(await window.findByRole("listbox")).toBeTruthy();
  await userEvent.click(window.getByRole("radio", { name: "Internal note" }));
  fireEvent.input(window.getByRole("textbox", { name: "Internal note" }), { target: { value: "/" } });
  expect(window.queryByRole("listbox")).toBeNull();
});

test("the history marks a note", async () => {
  // spec 8.2, 13.3
  const window = await open();
  server.commit("s1", SAM, "n1", note("n1", "She had this in March"));
  server.commit("s1", MIA, "m1", message("m1", "Still burning"));
  await window.findByText("She had this in March");
  go({ page: "session", id: "s1" });
  const log = within(await screen.findByRole("region", { name: "Chat log" }));
  expect(log.getByText("She had this in March").closest("article")!.textContent).toContain(MARK);
  expect(log.getByText("Still burning").closest("article")!.textContent).not.toContain(MARK);
});
