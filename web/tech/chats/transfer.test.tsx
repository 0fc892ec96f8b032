import { act, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import type { Person, SessionEvent } from "../../wire/index.ts";
import { AVA, MIA } from "../../wire/testing/fake_server";
import { winnerOf } from "../sessions/taken_over";
import { SAM, answer, chat, inChat, joined, ready, server, tech, withTech } from "../testing/page";

withTech();

const TAKEN = /Tom Baker.* has taken over the chat: Printer is on fire/;
const TOM: Person = { id: "tom", name: "Tom Baker", side: "SIDE_ENGINEER" };
const soon = () => new Date(Date.now() + 60_000).toISOString();
const askedOf = (engineers: Person[], boardName = ""): SessionEvent => ({ transferAsked: { engineers, boardId: boardName && "b1", boardName, expiresAt: soon() } });

/** What the page sends as the answer to the transfer. The server then appends `events`. */
function answers(by: Person, ...events: SessionEvent[]): string[] {
  const given: string[] = [];
  server.routes.set("POST /sessions/s1/transfer-answer", (body) => {
    given.push(String(body.answer));
    if (events.length) server.commit("s1", by, `answer-${given.length}`, ...events);
    return answer("s1");
  });
  return given;
}

async function openDialog(window: ReturnType<typeof within>) {
  await userEvent.click(window.getByRole("button", { name: "Chat menu" }));
  await userEvent.click(screen.getByRole("menuitem", { name: "Transfer chat" }));
  return within(await screen.findByRole("dialog", { name: "Transfer chat" }));
}

async function openPalette(typed: string) {
  await userEvent.keyboard("{Control>}k{/Control}");
  await userEvent.type(await screen.findByRole("combobox", { name: "Type a command, or search chats and tickets" }), typed);
}

function takenOver(from: Person, to: Person): SessionEvent[] {
  return [{ transferAccepted: { askedBy: from, engineer: to } }, { participantJoined: { person: to } }, { participantLeft: { person: from } }];
}

test("an engineer asks a colleague, sees until when, withdraws, and may ask again", async () => {
  // spec 13.2
  const window = await inChat();
  const given = answers(AVA, { transferWithdrawn: {} });
  let target: unknown;
  server.routes.set("POST /sessions/s1/transfer", (body) => {
    target = body.engineerId;
    server.commit("s1", AVA, "ask", askedOf([SAM]));
    return answer("s1");
  });
  const dialog = await openDialog(window);
  const ask = await dialog.findByRole("button", { name: "Ask Sam Okafor" });
  expect(ask.getAttribute("aria-disabled")).toBe("true");
  server.publish({ t: "presence", presences: [{ personId: "sam", presence: "PRESENCE_AWAY", revision: 1 }] });
  await waitFor(() => expect(ask.getAttribute("aria-disabled")).toBeNull());
  await userEvent.click(ask);
  expect(target).toBe("sam");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());

  const asked = await window.findByText(/^Asked .*Sam Okafor.* to take over ·/);
  expect(asked.textContent).toMatch(/(1:00|0:5\d)$/);
  expect(window.getByText(/Ava Chen.* asked .*Sam Okafor.* to take over$/)).toBeTruthy();
  await userEvent.click(window.getByRole("button", { name: "Chat menu" }));
  expect(screen.queryByRole("menuitem", { name: "Transfer chat" })).toBeNull();
  await userEvent.keyboard("{Escape}");
  await userEvent.click(window.getByRole("button", { name: "Withdraw" }));
  expect(given).toEqual(["TRANSFER_ANSWER_WITHDRAW"]);
  await waitFor(() => expect(window.queryByText(/^Asked/)).toBeNull());
  expect(window.getByText(/Ava Chen.* withdrew the request to take over/)).toBeTruthy();
  await openDialog(window);
});

test("the engineers of a board are asked, and a refusal is shown and keeps the dialog", async () => {
  // spec 13.2
  const window = await inChat();
  let refused = true;
  server.routes.set("POST /sessions/s1/transfer", (body) => {
    expect(body.boardId).toBe("b1");
    const error = { kind: "failed_precondition", code: "nobody_reachable", field: "board_id", message: "No other engineer of Service desk is online or away." };
    if (refused) return { status: 400, body: { error } };
    server.commit("s1", AVA, "ask", askedOf([SAM, TOM], "Service desk"));
    return answer("s1");
  });
  const dialog = await openDialog(window);
  await userEvent.click(dialog.getByRole("tab", { name: "Board" }));
  await userEvent.click(await dialog.findByRole("button", { name: "Ask the engineers of Service desk" }));
  expect((await screen.findByRole("alert")).textContent).toContain("No other engineer of Service desk is online or away.");
  refused = false;
  await userEvent.click(dialog.getByRole("button", { name: "Ask the engineers of Service desk" }));
  expect(await window.findByText(/^Asked .*Service desk.* to take over ·/)).toBeTruthy();
  server.commit("s1", SAM, "no", { transferDeclined: { engineer: SAM } });
  expect(await window.findByText(/Sam Okafor.* declined to take over/)).toBeTruthy();
  expect(window.getByText(/^Asked/)).toBeTruthy();
  server.commit("s1", { id: "", name: "" }, "late", { transferExpired: {} });
  expect(await window.findByText("Nobody took over in time")).toBeTruthy();
  expect(window.queryByText(/^Asked/)).toBeNull();
});

test("after an engineer accepted, one line names both, and the one who asked may join again", async () => {
  // spec 13.2
  const window = await inChat();
  server.commit("s1", AVA, "ask", askedOf([SAM]));
  server.commit("s1", SAM, "yes", ...takenOver(AVA, SAM));
  expect(await window.findByText(/Ava Chen.* handed the chat over to .*Sam Okafor/)).toBeTruthy();
  expect(window.queryByText(/Sam Okafor.* joined the chat/)).toBeNull();
  expect(window.getByText("You are viewing this chat. Join to write.")).toBeTruthy();
});

async function isAsked() {
  server.open("s1");
  joined("s1", SAM);
  server.commit("s1", SAM, "ask", askedOf([AVA]));
  tech();
  await ready();
  const facts = { alertId: "s1:transfer:ava", personId: "ava", sessionId: "s1", title: "Printer is on fire", customerId: "mia", customerName: "Mia Torres" };
  server.publish({ t: "alertRaised", alert: { ...facts, reason: "ALERT_REASON_TRANSFER", invitedByName: "Sam Okafor", expiresAt: soon() } });
  const region = within(screen.getByRole("region", { name: "Chat alerts" }));
  return within(await region.findByRole("article", { name: "Printer is on fire" }));
}

test("an asked engineer accepts on the alert, and the chat opens", async () => {
  // spec 5.1, 13.2
  const card = await isAsked();
  expect(card.getByText(/Sam Okafor.* asks you to take over ·/).textContent).toMatch(/(1:00|0:5\d)$/);
  expect(screen.getByText("Sam Okafor asks you to take over the chat of Mia Torres: Printer is on fire")).toBeTruthy();
  expect(card.queryByRole("button", { name: "Join" })).toBeNull();
  const given = answers(AVA, ...takenOver(SAM, AVA));
  await userEvent.click(card.getByRole("button", { name: "Accept" }));
  const window = within(await chat("Printer is on fire"));
  expect(given).toEqual(["TRANSFER_ANSWER_ACCEPT"]);
  expect(await window.findByText(/Sam Okafor.* handed the chat over to .*Ava Chen/)).toBeTruthy();
});

test("an asked engineer declines under Waiting; joining the oldest waiting chat leaves that chat out", async () => {
  // spec 6.2, 13.2
  await isAsked();
  await openPalette("oldest waiting{Enter}");
  expect(await screen.findByText("Nobody is waiting")).toBeTruthy();
  await userEvent.click(await screen.findByRole("tab", { name: "Waiting, 1" }));
  const card = within(within(screen.getByRole("complementary", { name: "Sessions" })).getByRole("article", { name: "Printer is on fire" }));
  expect(card.getByText(/Sam Okafor.* asks you to take over ·/)).toBeTruthy();
  const given = answers(AVA, { transferDeclined: { engineer: AVA } });
  await userEvent.click(card.getByRole("button", { name: "Decline" }));
  expect(given).toEqual(["TRANSFER_ANSWER_DECLINE"]);
  expect(await screen.findByRole("tab", { name: "Waiting" })).toBeTruthy();
});

test.each([
  [{ kind: "failed_precondition", code: "transfer_over", message: "no", details: { person_name: "Tom Baker" } }, /This request is over\. .*Tom Baker.* has the chat/],
  [{ kind: "not_found", code: "session_not_found", message: "no" }, /This request is over/],
])("an answer that comes too late says so: %j", async (error, text) => {
  // spec 13.2
  const card = await isAsked();
  server.routes.set("POST /sessions/s1/transfer-answer", () => ({ status: 400, body: { error } }));
  await userEvent.click(card.getByRole("button", { name: "Accept" }));
  expect((await screen.findByRole("alert")).textContent).toMatch(text);
  expect(screen.queryByRole("region", { name: /^Chat:/ })).toBeNull();
});

test.each(["before the refusal", "after the refusal"])("of two engineers who accept at the same time the slower one is told who was faster: the chat changes %s", async (when) => {
  // spec 13.2
  server.open("s1");
  joined("s1", SAM);
  server.commit("s1", SAM, "ask", askedOf([AVA, TOM], "Service desk"));
  tech();
  await userEvent.click(await screen.findByRole("tab", { name: "Waiting, 1" }));
  const card = within(screen.getByRole("article", { name: "Printer is on fire" }));
  const takes = () => void server.commit("s1", TOM, "yes", ...takenOver(SAM, TOM));
  server.routes.set("POST /sessions/s1/transfer-answer", () => {
    if (when === "before the refusal") takes();
    return { status: 400, body: { error: { kind: "failed_precondition", code: "transfer_over", message: "no", details: { person_id: "tom", person_name: "Tom Baker" } } } };
  });
  await userEvent.click(card.getByRole("button", { name: "Accept" }));
  expect((await screen.findByRole("alert")).textContent).toMatch(TAKEN);
  if (when === "after the refusal") act(takes);
  await waitFor(() => expect(screen.queryByRole("button", { name: "Accept" })).toBeNull());
  expect(screen.getAllByText(TAKEN)).toHaveLength(1);
});

test("an engineer whose alert goes because a colleague accepted is told who", async () => {
  // spec 13.2
  server.open("s1");
  joined("s1", SAM);
  server.commit("s1", SAM, "ask", askedOf([AVA, TOM], "Service desk"));
  tech();
  await ready();
  act(() => void server.commit("s1", TOM, "yes", ...takenOver(SAM, TOM)));
  expect((await screen.findByText(TAKEN)).closest("[role=status]")).toBeTruthy();

  const before = { transfer: { by: SAM, asked: [AVA, TOM] }, participants: [MIA, SAM] };
  expect(winnerOf(before, { participants: [MIA, TOM] }, "ava")?.id).toBe("tom");
  expect(winnerOf(before, { participants: [MIA, SAM] }, "ava")).toBeUndefined();
  expect(winnerOf(before, { participants: [MIA, AVA] }, "ava")).toBeUndefined();
  expect(winnerOf({ ...before, transfer: { by: SAM, asked: [TOM] } }, { participants: [MIA, TOM] }, "ava")).toBeUndefined();
});

test("the window of the chat offers an asked engineer both answers, and the palette transfers the chat", async () => {
  // spec 13.2
  const window = await inChat();
  server.commit("s1", AVA, "ask", askedOf([SAM]));
  server.commit("s1", SAM, "yes", ...takenOver(AVA, SAM));
  server.commit("s1", SAM, "back", askedOf([AVA]));
  const given = answers(AVA, ...takenOver(SAM, AVA));
  await userEvent.click(await window.findByRole("button", { name: "Accept" }));
  expect(given).toEqual(["TRANSFER_ANSWER_ACCEPT"]);
  await waitFor(() => expect(window.queryByRole("button", { name: "Decline" })).toBeNull());
  server.commit("s1", MIA, "thanks", { messagePosted: { messageId: "thanks", text: "Thanks" } });

  await openPalette("transfer{Enter}");
  expect(await screen.findByRole("dialog", { name: "Transfer chat" })).toBeTruthy();
});
