import { screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";

import { AVA, MIA } from "../../wire/testing/fake_server";
import { chat, portal, reloaded, server, withPortal } from "../testing/portal";

withPortal();

const ended = () =>
  server.commit("s1", AVA, "end", { statusChanged: { from: "CHAT_STATUS_HANDLED", to: "CHAT_STATUS_COMPLETED", step: "STEP_COMPLETE" } }, { sessionCompleted: {} });

beforeEach(() => {
  server.open("s1");
  server.commit("s1", AVA, "join", { participantJoined: { person: AVA } }, { statusChanged: { from: "CHAT_STATUS_WAITING", to: "CHAT_STATUS_HANDLED", step: "STEP_JOIN" } });
});

test("only a live chat says offline that messages will be sent", async () => {
  // spec 7.4
  portal();
  const window = within(await chat("Printer is on fire"));
  await window.findByText("Ava Chen joined the chat");
  server.cut();
  await window.findAllByText(/essages (will be|are) sent/, {}, { timeout: 15_000 });
  server.restore();
  ended();
  await window.findByText("The chat session is now closed", {}, { timeout: 15_000 });
  server.cut();
  await window.findAllByText(/^(Offline|Reconnecting)/, {}, { timeout: 15_000 });
  expect(window.queryByText(/essages (will be|are) sent/)).toBeNull();
}, 60_000);

test("unsent text of an ended chat is there after a reload, although its customer has answered the question", async () => {
  // spec 4.15, 7.9
  portal();
  const window = within(await chat("Printer is on fire"));
  await userEvent.type(window.getByRole("textbox", { name: "Message" }), "One more thing");
  const store = reloaded(() => {
    ended();
    server.commit("s1", MIA, "fine", { feedbackGiven: { solved: "SOLVED_YES" } });
  });
  const later = within(await chat("Printer is on fire"));
  await later.findByRole("button", { name: "Start a new chat" });
  expect(later.getByRole("textbox", { name: "Message" })).toHaveProperty("value", "One more thing");

  store.saveDraft("s1", "");
  reloaded();
  await screen.findByRole("textbox", { name: "How can we help?" });
  await waitFor(() => expect(screen.queryByRole("region", { name: /^Chat:/ })).toBeNull());
}, 60_000);
