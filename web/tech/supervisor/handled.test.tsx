import { act, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test } from "vitest";

import type { SessionCard } from "../../wire/index.ts";
import { AVA } from "../../wire/testing/fake_server";
import { go } from "../router";
import { SAM, answer, chat, joined, ready, server, tech, withTech } from "../testing/page";
import { PAGE, handledOf } from "./handled";

withTech();

let more: SessionCard[] = [];

beforeEach(() => {
  more = [];
  const me = () => ({ signInId: server.signIn, person: { ...AVA, role: "ROLE_SUPERVISOR" } });
  server.routes.set("GET /start", () => ({ status: 200, body: { me: me(), cards: [...server.cards(), ...more], serverTime: new Date().toISOString() } }));
  server.routes.set("GET /figures", () => ({ status: 200, body: {} }));
  server.routes.set("GET /settings/chat", () => ({ status: 200, body: { settings: {} } }));
});

afterEach(() => history.replaceState(null, "", "/tech/tickets"));

async function list() {
  tech();
  await ready();
  act(() => go({ page: "supervisor" }));
  return within(await screen.findByRole("region", { name: "Handled chats" }));
}

test("a supervisor sees who handles which chat, opens it and writes a note to the engineer without joining", async () => {
  // spec 13.4
  server.open("s1");
  joined("s1", SAM);
  const handled = await list();
  expect(handled.getByRole("listitem").textContent).toMatch(/Mia Torres.*Printer is on fire.*Sam Okafor.*handled for 0:\d\d/);
  await userEvent.click(handled.getByRole("button", { name: "Open Printer is on fire" }));
  const window = within(await chat("Printer is on fire"));
  await userEvent.type(await window.findByRole("textbox", { name: "Internal note" }), "Ask for the model{Enter}");
  await waitFor(() => expect(server.log.get("s1")!.at(-1)!.events?.[0]?.noteWritten?.text).toBe("Ask for the model"));
  expect(server.card("s1").participants?.map(({ id }) => id)).toEqual(["mia", "sam"]);
});

test("a supervisor joins a handled chat beside its engineer; one who is in it opens it only, and an ended one is gone", async () => {
  // spec 13.4
  server.open("s1");
  joined("s1", SAM);
  const handled = await list();
  const modes: unknown[] = [];
  server.routes.set("POST /sessions/s1/join", (body) => {
    if (modes.push(body.mode) === 1) return { status: 500, body: { error: { kind: "internal", message: "no" } } };
    server.commit("s1", AVA, "join-too", { participantJoined: { person: AVA } });
    return answer("s1");
  });
  await userEvent.click(handled.getByRole("button", { name: "Join Printer is on fire" }));
  await userEvent.click(within(await screen.findByRole("alert")).getByRole("button", { name: "Join" }));
  await chat("Printer is on fire");
  expect(modes).toEqual(["JOIN_MODE_ALSO", "JOIN_MODE_ALSO"]);
  await waitFor(() => expect(handled.queryByRole("button", { name: /^Join/ })).toBeNull());
  expect(handled.getByRole("listitem").textContent).toMatch(/Sam Okafor.*, .*Ava Chen/);
  act(() => void server.commit("s1", SAM, "end", { statusChanged: { from: "CHAT_STATUS_HANDLED", to: "CHAT_STATUS_COMPLETED", step: "STEP_COMPLETE" } }));
  expect(await handled.findByText("No chat is handled now")).toBeTruthy();
});

test("where only invited engineers may join, a supervisor reads why there is nothing to join, and still opens the chat", async () => {
  // spec 3.5, 13.4
  server.routes.set("GET /settings/chat", () => ({ status: 200, body: { settings: { joinPolicy: "single_then_invite" } } }));
  server.open("s1");
  joined("s1", SAM);
  const handled = await list();
  const join = await handled.findByRole("button", { name: "Join Printer is on fire" });
  await waitFor(() => expect(join.getAttribute("aria-disabled")).toBe("true"));
  expect(join.title).toBe("On this desk only invited engineers may join a handled chat");
  await userEvent.click(handled.getByRole("button", { name: "Open Printer is on fire" }));
  const window = within(await chat("Printer is on fire"));
  expect(await window.findByText(/^You are viewing this chat\. On this desk only invited engineers/)).toBeTruthy();
  expect(window.queryByRole("button", { name: "Join" })).toBeNull();
  // An admin changes it meanwhile.
  server.routes.set("GET /settings/chat", () => ({ status: 200, body: { settings: { joinPolicy: "open" } } }));
  dispatchEvent(new Event("focus"));
  await waitFor(() => expect(join.getAttribute("aria-disabled")).not.toBe("true"));
  server.routes.set("GET /settings/chat", () => ({ status: 200, body: { settings: { joinPolicy: "single_then_invite" } } }));
  dispatchEvent(new Event("focus"));
  await waitFor(() => expect(join.getAttribute("aria-disabled")).toBe("true"));
  act(() => void server.commit("s1", SAM, "invite", { engineerInvited: { engineer: AVA } }));
  await waitFor(() => expect(window.getByRole("button", { name: "Join" })).toBeTruthy());
});

const made = (number: number, part: Partial<SessionCard> = {}): SessionCard => ({
  sessionId: `m${number}`,
  revision: 1,
  status: "CHAT_STATUS_HANDLED",
  title: `Chat ${number}`,
  participants: [SAM],
  handledAt: new Date(Date.UTC(2026, 2, 2, 9, 0, number)).toISOString(),
  ...part,
});

test("a long list shows its longest chats first and the rest page by page, each with the focus on its first row", async () => {
  // spec 13.4
  more = Array.from({ length: PAGE + 2 }, (_, number) => made(number)).reverse();
  const handled = await list();
  await waitFor(() => expect(handled.getAllByRole("listitem")).toHaveLength(PAGE));
  expect(handled.getAllByRole("listitem")[0]!.textContent).toContain("Chat 0");
  await userEvent.click(handled.getByRole("button", { name: "Show more (2)" }));
  expect(handled.getAllByRole("listitem")).toHaveLength(PAGE + 2);
  expect(document.activeElement).toBe(handled.getByRole("button", { name: `Open Chat ${PAGE}` }));
  expect(handled.queryByRole("button", { name: /^Show more/ })).toBeNull();
});

test("chats that wait for an engineer or have ended are not handled", () => {
  // spec 3.12, 13.4
  const others = [made(1, { unattended: true }), made(2, { status: "CHAT_STATUS_WAITING" }), made(3, { status: "CHAT_STATUS_COMPLETED" })];
  expect(handledOf([made(5), ...others, made(4)]).map(({ sessionId }) => sessionId)).toEqual(["m4", "m5"]);
});
