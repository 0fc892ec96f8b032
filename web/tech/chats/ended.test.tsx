import { act, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { AVA, MIA } from "../../wire/testing/fake_server";
import { answer, chat, inChat, joined, ready, server, tech, withTech } from "../testing/page";

withTech();

function ends(id: string): void {
  const [from, to] = ["CHAT_STATUS_HANDLED", "CHAT_STATUS_COMPLETED"] as const;
  server.commit(id, AVA, `end-${id}`, { statusChanged: { from, to, step: "STEP_COMPLETE" } }, { sessionCompleted: {} });
}

function answersTo(id: string): void {
  server.routes.set(`POST /sessions/${id}/complete`, () => (ends(id), answer(id)));
  server.routes.set(`POST /sessions/${id}/leave`, () => (server.commit(id, AVA, `leave-${id}`, { participantLeft: { person: AVA } }), answer(id)));
}

const endDialog = async () => within(await screen.findByRole("dialog", { name: "End chat session" }));

test("an engineer whose customer has left is told so, and ends the chat from there", async () => {
  // spec 4.7
  const window = await inChat();
  expect(window.queryByRole("button", { name: "End chat session" })).toBeNull();
  act(() => void server.commit("s1", MIA, "gone", { participantLeft: { person: MIA } }));
  expect(await window.findByText(/Mia Torres.* left\. End the chat/)).toBeTruthy();
  await userEvent.click(window.getByRole("button", { name: "End chat session" }));
  expect((await endDialog()).getByRole("button", { name: "Close without a ticket" })).toBeTruthy();
});

test("an engineer may leave with the end of a chat, and the choice is kept", async () => {
  // spec 3.14
  server.open("s2", MIA, "Second");
  joined("s2", AVA);
  for (const id of ["s1", "s2"]) answersTo(id);
  const first = await inChat();
  await userEvent.click(first.getByRole("button", { name: "Chat menu" }));
  await userEvent.click(screen.getByRole("menuitem", { name: "End chat session" }));
  let dialog = await endDialog();
  await userEvent.click(dialog.getByRole("switch", { name: "Leave the chat as well" }));
  await userEvent.click(dialog.getByRole("button", { name: "Close without a ticket" }));
  await waitFor(() => expect(screen.queryByRole("region", { name: "Chat: Printer is on fire" })).toBeNull());
  expect(server.card("s1").participants?.map(({ id }) => id)).toEqual(["mia"]);

  const second = within(await chat("Second"));
  await userEvent.click(second.getByRole("button", { name: "Chat menu" }));
  await userEvent.click(screen.getByRole("menuitem", { name: "End chat session" }));
  dialog = await endDialog();
  expect(dialog.getByRole<HTMLInputElement>("switch", { name: "Leave the chat as well" }).checked).toBe(true);
  await userEvent.click(dialog.getByRole("switch", { name: "Leave the chat as well" }));
  await userEvent.click(dialog.getByRole("button", { name: "Close without a ticket" }));
  expect(await second.findByText("The chat session is now closed")).toBeTruthy();
  expect(server.card("s2").participants?.map(({ id }) => id)).toEqual(["mia", "ava"]);
});

test("all ended chats are left at once, and the live ones stay", async () => {
  // spec 3.14
  for (const [id, title] of [["s1", "First"], ["s2", "Second"], ["s3", "Third"]] as const) {
    server.open(id, MIA, title);
    joined(id, AVA);
    answersTo(id);
  }
  tech();
  await ready();
  await userEvent.click(screen.getByRole("tab", { name: "My sessions, 3" }));
  const panel = within(screen.getByRole("tabpanel"));
  expect(panel.queryByRole("button", { name: "Leave all ended" })).toBeNull();
  act(() => ["s1", "s2"].forEach(ends));
  await userEvent.click(await panel.findByRole("button", { name: "Leave all ended" }));
  await waitFor(() => expect(panel.getAllByRole("article").map((card) => card.getAttribute("aria-label"))).toEqual(["Third"]));
  expect(panel.queryByRole("button", { name: "Leave all ended" })).toBeNull();
});
