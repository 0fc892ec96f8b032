import { act, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { MIA } from "../../wire/testing/fake_server";
import { SAM, alert, answer, chat, inChat, joined, ready, server, tech, withTech } from "../testing/page";

withTech();

const broken = () => ({ status: 400, body: { error: { kind: "internal", message: "no" } } });
const ends = (): void => void server.commit("s1", SAM, "end", { statusChanged: { from: "CHAT_STATUS_HANDLED", to: "CHAT_STATUS_COMPLETED", step: "STEP_COMPLETE" } });

async function failsToJoin(error: object, before: () => void = () => undefined): Promise<HTMLElement> {
  server.open("s1");
  server.routes.set("POST /sessions/s1/join", () => (joined("s1", SAM), before(), { status: 400, body: { error } }));
  tech();
  await userEvent.click(await screen.findByRole("tab", { name: "Waiting, 1" }));
  await userEvent.click(within(screen.getByRole("article", { name: "Printer is on fire" })).getByRole("button", { name: "Join" }));
  return screen.findByRole("alert");
}

test("that a colleague joined first is shown until the chat ends", async () => {
  // spec 3.5
  const lost = await failsToJoin({ kind: "failed_precondition", code: "joined_first", message: "no", details: { person_name: "Sam Okafor", may_join: "true" } });
  act(() => void server.commit("s1", MIA, "hello", { messagePosted: { messageId: "hello", text: "Hello" } }));
  expect(lost.isConnected).toBe(true);
  act(ends);
  await waitFor(() => expect(lost.isConnected).toBe(false));
});

test("that a colleague joined first is shown also if the chat has ended before the answer", async () => {
  // spec 3.5
  const details = { person_name: "Sam Okafor", may_join: "false" };
  const lost = await failsToJoin({ kind: "failed_precondition", code: "joined_first", message: "no", details }, ends);
  expect(lost.textContent).toMatch(/Sam Okafor.* joined first: .*Printer is on fire/);
});

test("a chat whose alert came before its card shows that a colleague joined first, until the chat is gone", async () => {
  // spec 3.5, 5.1
  server.routes.set("POST /sessions/s1/join", () => ({
    status: 400,
    body: { error: { kind: "failed_precondition", code: "joined_first", message: "no", details: { person_name: "Sam Okafor", may_join: "false" } } },
  }));
  tech();
  await ready();
  act(() => alert("s1", "Printer is on fire"));
  await userEvent.click(within(await screen.findByRole("article", { name: "Printer is on fire" })).getByRole("button", { name: "Join" }));
  const lost = await screen.findByRole("alert");
  act(() => {
    server.open("s1");
    joined("s1", SAM);
  });
  expect(lost.isConnected).toBe(true);
  act(() => server.publish({ t: "cardGone", sessionId: "s1", revision: 9 }));
  await waitFor(() => expect(lost.isConnected).toBe(false));
});

test("a failed join goes when another try succeeds", async () => {
  // spec 3.5
  const failed = await failsToJoin({ kind: "internal", message: "no" });
  server.routes.set("POST /sessions/s1/join", () => {
    server.commit("s1", server.me, "join", { participantJoined: { person: server.me } });
    return answer("s1");
  });
  await userEvent.click(within(failed).getByRole("button", { name: "Join" }));
  await chat("Printer is on fire");
  // The window opens on the event, which may come before the answer.
  await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
});

test("a failed leave goes when the person tries again, and when they have left in another tab", async () => {
  // spec 4.9
  server.routes.set("POST /sessions/s1/leave", broken);
  const window = await inChat();
  const leave = window.getByRole("button", { name: "Leave chat" });
  // Alone in the chat. Before it is loaded, the button is enabled.
  await waitFor(() => expect(leave.getAttribute("aria-disabled")).toBe("true"));
  act(() => {
    server.commit("s1", SAM, "join-too", { participantJoined: { person: SAM } });
    server.publish({ t: "presence", presences: [{ personId: "sam", presence: "PRESENCE_ONLINE", revision: 1 }] });
  });
  await waitFor(() => expect(leave.getAttribute("aria-disabled")).toBeNull());
  await userEvent.click(leave);
  const first = await screen.findByRole("alert");
  await userEvent.click(leave);
  await waitFor(() => expect(first.isConnected).toBe(false));
  const second = await screen.findByRole("alert");
  act(() => void server.commit("s1", server.me, "left", { participantLeft: { person: server.me } }));
  await waitFor(() => expect(second.isConnected).toBe(false));
});
