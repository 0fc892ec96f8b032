import { screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";

import { AVA, MIA } from "../../wire/testing/fake_server";
import { hidden } from "./windows";
import { OPEN, box, button, chat, portal, reloaded, server, withPortal } from "../testing/portal";

withPortal();

const SYSTEM = { id: "" };
const move = (from: string, to: string, step: string) => ({ statusChanged: { from: `CHAT_STATUS_${from}`, to: `CHAT_STATUS_${to}`, step: `STEP_${step}` } }) as never;
const abandoned = () => server.commit("s1", SYSTEM, "deadline", move("WAITING", "ABANDONED", "ABANDON"));
const AWAY = "You were away, so this chat ended before anyone joined.";

beforeEach(() => {
  server.open("s1");
  server.routes.set("POST /sessions/s1/leave", (body) => {
    server.commit("s1", MIA, String(body.commandId), { participantLeft: { person: MIA } });
    return { status: 200, body: { session: { card: server.card("s1"), entries: [] } } };
  });
});

test("a customer who was away too long sees the reason and the unsent text, and can move it into a new chat", async () => {  // spec 3.3, 7.3
  portal();
  const window = within(await chat("Printer is on fire"));
  server.cut();
  await userEvent.type(window.getByRole("textbox", { name: "Message" }), "It burns blue now{Enter}and");
  abandoned();
  server.restore();

  await window.findByText(new RegExp(AWAY), {}, { timeout: 15_000 });
  await window.findByText(/Not sent because the chat had ended/);
  expect(window.getByRole("log").textContent).toContain("It burns blue now");
  expect(window.getByRole("button", { name: "Leave" })).toBeTruthy();
  await userEvent.click(window.getByRole("button", { name: "Start a new chat" }));

  await waitFor(() => expect(screen.queryByRole("region", { name: /Chat:/ })).toBeNull());
  await waitFor(async () => expect(await box()).toHaveProperty("value", "It burns blue now\nand"));
  await waitFor(async () => expect(document.activeElement).toBe(await box()));
  await waitFor(() => expect(hidden.value.has("s1")).toBe(true));
});

test("after a chat on a ticket the new chat is on the same ticket, with the unsent text in its box", async () => {  // spec 2.2, 3.3
  const sessionOpened = { type: "CHAT_TYPE_REQUEST", status: "CHAT_STATUS_WAITING", title: "On seven", customer: MIA, ticketId: "t7", ticketNumber: 7 } as const;
  server.commit("s7", MIA, "o7", { sessionOpened }, { participantJoined: { person: MIA } });
  server.commit("s7", SYSTEM, "deadline", move("WAITING", "ABANDONED", "ABANDON"));
  const store = portal();
  store.me.subscribe((me) => me && store.saveDraft("s7", "Half a sentence"));
  await userEvent.click(await within(await chat("On seven")).findByRole("button", { name: "Start a new chat" }));

  const dialog = within(await screen.findByRole("dialog", { name: "Chat about this ticket" }));
  expect(dialog.getByRole("textbox", { name: "What is it about?" })).toHaveProperty("value", "Half a sentence");
});

test("a chat that an engineer closed with a note can only be left", async () => {  // spec 3.3, 4.3, 4.11
  abandoned();
  server.commit("s1", AVA, "close", move("ABANDONED", "COMPLETED", "COMPLETE"), { sessionCompleted: {} });
  portal();
  const window = within(await chat("Printer is on fire"));
  await window.findByText(new RegExp(AWAY));
  expect(window.getAllByRole("button", { name: /Leave|new chat/ }).map((one) => one.textContent)).toEqual(["Leave"]);
  await userEvent.click(window.getByRole("button", { name: "Leave" }));

  await waitFor(() => expect(screen.queryByRole("region", { name: /Chat:/ })).toBeNull());
  await waitFor(() => expect(hidden.value.has("s1")).toBe(true));
});

test("a chat offers no call-back when call-backs are turned off", async () => {  // spec 2.8, 4.5
  server.routes.set("GET /support", () => ({ status: 200, body: { ...OPEN, mayCallBack: false } }));
  server.commit("s1", SYSTEM, "deadline", { offerRaised: { offer: "OFFER_NOBODY_THERE" } });
  portal();
  const window = within(await chat("Printer is on fire"));
  await button("Start chat");

  await window.findByText(/You can keep waiting, or leave/);
  await window.findByRole("button", { name: "Leave" });
  expect(window.queryByRole("button", { name: "Call me back" })).toBeNull();
});

test("the window of a call-back stays open until it is closed, and the request page then links to it", async () => {  // spec 4.10, 7.1
  const first = portal();
  await chat("Printer is on fire");
  server.commit("s1", MIA, "cb", { callbackAsked: { wish: { phone: "+442079460101" } } }, move("WAITING", "CALLBACK", "CALL_BACK"));
  await screen.findByRole("region", { name: "Your call-back requests" });
  await within(await chat("Printer is on fire")).findByText("A call-back was requested");
  await within(await chat("Printer is on fire")).findByText(/You can close this window/);
  expect(first.cards.value.size).toBe(1);

  reloaded();
  await screen.findByRole("region", { name: "Your call-back requests" });
  await button("Start chat");
  expect(screen.queryByRole("region", { name: /Chat:/ })).toBeNull();
  await userEvent.click(await button("Open the chat"));
  await chat("Printer is on fire");
});

test("a push chat that ends unanswered shows a message", async () => {  // spec 2.9, 5.6
  portal();
  const sessionOpened = { type: "CHAT_TYPE_PUSH", status: "CHAT_STATUS_WAITING", title: "Chat from Ava", customer: MIA, ticketNumber: 7, ticketId: "t7" } as const;
  // A right-to-left name is isolated from the text around it.
  const dana = { ...AVA, name: "\u05d3\u05e0\u05d4" };
  server.commit("p1", dana, "push", { sessionOpened }, { participantJoined: { person: dana } });
  await screen.findByRole("alertdialog", { name: "Chat request from \u2068\u05d3\u05e0\u05d4\u2069" });
  server.commit("p1", SYSTEM, "deadline", move("WAITING", "ABANDONED", "EXPIRE"));

  await waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
  await screen.findByText("The chat request from \u2068\u05d3\u05e0\u05d4\u2069 has ended.");
});
