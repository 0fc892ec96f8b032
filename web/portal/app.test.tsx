import { screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { AVA, MIA } from "../wire/testing/fake_server";
import { go } from "./router";
import { OPEN, TICKET, box, button, chat, portal, server, withPortal } from "./testing/portal";

withPortal();

test("the typed text becomes the chat's title and first message", async () => {  // spec 2.6, 2.7
  server.routes.set("POST /chats", (body) => {
    server.open("s1", MIA, String(body.text));
    return { status: 200, body: { session: { card: server.card("s1"), entries: server.log.get("s1") }, opened: true } };
  });
  portal();
  await userEvent.type(await box(), "Printer is on fire");
  await userEvent.click(await button("Start chat"));

  const log = within(await chat("Printer is on fire")).getByRole("log", { name: "Messages" });
  await waitFor(() => expect(log.textContent).toContain("Printer is on fire"));
});

test("while a chat is open the button opens that chat", async () => {  // spec 2.4
  server.open("s1");
  portal();
  await userEvent.click(within(await chat("Printer is on fire")).getByRole("button", { name: "Close" }));
  await waitFor(() => expect(screen.queryByRole("region", { name: /Chat:/ })).toBeNull());
  expect((await button("Start chat")).getAttribute("aria-disabled")).toBe("true");

  await userEvent.click(await button("Go to your chat"));
  await chat("Printer is on fire");
});

test("starting a second chat opens the first one, with the typed text in its composer", async () => {  // spec 2.3
  server.routes.set("POST /chats", () => {
    server.open("s1");
    return { status: 200, body: { session: { card: server.card("s1"), entries: [] }, opened: false } };
  });
  portal();
  await userEvent.type(await box(), "From the other tab");
  await userEvent.click(await button("Start chat"));

  const composer = within(await chat("Printer is on fire")).getByRole("textbox", { name: "Message" });
  await waitFor(() => expect(composer).toHaveProperty("value", "From the other tab"));
});

test("a customer without permission sees no chat control", async () => {  // spec 2.8
  server.routes.set("GET /support", () => ({ status: 200, body: { ...OPEN, mayChat: false, mayCallBack: false, whyNot: "permission" } }));
  portal();
  await button("Create a ticket");

  await waitFor(() => expect(screen.queryByRole("button", { name: "Start chat" })).toBeNull());
  expect(screen.queryByRole("button", { name: "Call me back" })).toBeNull();
});

test("an unanswered chat offers a call-back; an invalid number shows an error at its field and the text is kept", async () => {  // spec 4.5, 4.10
  server.open("s1");
  server.commit("s1", { id: "" }, "deadline", { offerRaised: { offer: "OFFER_NOBODY_THERE" } });
  const refusal = { kind: "invalid_argument", code: "bad_argument", field: "wish.phone", message: "That is no phone number." };
  server.routes.set("POST /sessions/s1/callback", () => ({ status: 400, body: { error: refusal } }));
  portal();
  const window = within(await chat("Printer is on fire"));
  expect(await window.findByRole("button", { name: "Leave" })).toBeTruthy();
  await userEvent.click(await window.findByRole("button", { name: "Call me back" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Call me back" }));
  await userEvent.type(dialog.getByRole("textbox", { name: "Phone number" }), "12");
  await userEvent.click(dialog.getByRole("button", { name: "Request call back" }));

  expect((await dialog.findByRole("alert")).textContent).toBe("That is no phone number.");
  expect(dialog.getByRole("textbox", { name: "Phone number" }).getAttribute("aria-invalid")).toBe("true");
  await userEvent.click(dialog.getByRole("button", { name: "Cancel" }));
  await chat("Printer is on fire");
});

test("after the end the composer is disabled and Leave closes the window", async () => {  // spec 4.3
  server.open("s1");
  server.commit("s1", AVA, "end", { statusChanged: { from: "CHAT_STATUS_HANDLED", to: "CHAT_STATUS_COMPLETED", step: "STEP_COMPLETE" } }, { sessionCompleted: {} });
  server.routes.set("POST /sessions/s1/leave", (body) => {
    server.commit("s1", MIA, String(body.commandId), { participantLeft: { person: MIA } });
    return { status: 200, body: { session: { card: server.card("s1"), entries: [] } } };
  });
  portal();
  const window = within(await chat("Printer is on fire"));
  await window.findByText("The chat session is now closed");
  expect(window.getByRole("textbox", { name: "Message" })).toHaveProperty("disabled", true);
  await userEvent.click(window.getByRole("button", { name: "Leave" }));

  await waitFor(() => expect(screen.queryByRole("region", { name: /Chat:/ })).toBeNull());
});

test("a push chat shows a dialog until it is answered", async () => {  // spec 2.9, 5.6
  portal();
  await box();
  const sessionOpened = { type: "CHAT_TYPE_PUSH", status: "CHAT_STATUS_WAITING", title: "Chat from Ava", customer: MIA, ticketNumber: 7, ticketId: "t7" } as const;
  server.commit("p1", AVA, "push", { sessionOpened }, { participantJoined: { person: AVA } });
  const dialog = within(await screen.findByRole("alertdialog", { name: "Chat request from Ava Chen" }));
  server.routes.set("POST /sessions/p1/answer", (body) => {
    expect(body.answer).toBe("PUSH_ANSWER_ACCEPT");
    const moved = { statusChanged: { from: "CHAT_STATUS_WAITING", to: "CHAT_STATUS_HANDLED", step: "STEP_ACCEPT" } } as const;
    server.commit("p1", MIA, String(body.commandId), { participantJoined: { person: MIA } }, moved);
    return { status: 200, body: { session: { card: server.card("p1"), entries: [] } } };
  });
  const accept = dialog.getByRole("button", { name: "Accept" });
  await waitFor(() => expect(accept.getAttribute("aria-disabled")).toBeNull());
  await userEvent.click(accept);

  await chat("Chat from Ava");
  expect(screen.queryByRole("alertdialog")).toBeNull();
});

test("on a closed ticket chat is disabled with an explanation", async () => {  // spec 2.5
  server.routes.set("GET /tickets/t7", () => ({ status: 200, body: { ticket: { ...TICKET, status: "TICKET_STATUS_CLOSED" }, timeline: [] } }));
  portal("/portal/tickets/t7");
  const start = await button("Chat about this ticket");

  expect(start.getAttribute("aria-disabled")).toBe("true");
  expect(start.title).toBe("Reopen the ticket to chat about it");
  await button("Reopen ticket");
});

test("a missing ticket shows the list with a message", async () => {  // spec 9.5
  portal("/portal/tickets/nowhere");

  expect((await screen.findByRole("alert")).textContent).toContain("does not exist");
  await screen.findByRole("link", { name: /VPN drops/ });
});

test("the title of the document names the page or the ticket, and the desk", async () => {
  portal("/portal/tickets");
  await waitFor(() => expect(document.title).toBe("Tickets · Harbour IT"));
  go("/portal/tickets/t7");
  await waitFor(() => expect(document.title).toBe("VPN drops · Harbour IT"));
  go("/portal/support");
  await waitFor(() => expect(document.title).toBe("Request support · Harbour IT"));
});

test("messages in a minimised chat are counted on its window and in the tab's title", async () => {  // spec 7.1, 7.2
  server.open("s1");
  portal();
  await userEvent.click(within(await chat("Printer is on fire")).getByRole("button", { name: "Minimise" }));
  server.commit("s1", AVA, "m", { messagePosted: { messageId: "m", text: "Are you there?" } });

  await within(await chat("Printer is on fire")).findByText("1 unread");
  await waitFor(() => expect(document.title).toMatch(/^\(1\)/));
});

test("a customer who may leave at any time is asked to confirm", async () => {  // spec 4.4
  server.open("s1");
  server.routes.set("GET /support", () => ({ status: 200, body: { ...OPEN, customerLeave: "always" } }));
  server.routes.set("POST /sessions/s1/leave", () => {
    server.commit("s1", MIA, "leave", { participantLeft: { person: MIA } }, { statusChanged: { from: "CHAT_STATUS_WAITING", to: "CHAT_STATUS_ABANDONED", step: "STEP_ABANDON" } });
    return { status: 200, body: { session: { card: server.card("s1"), entries: server.log.get("s1")!.slice(-1) } } };
  });
  portal();
  await userEvent.click(await button("Leave chat"));
  const asked = within(await screen.findByRole("alertdialog", { name: "Leave this chat?" }));
  await userEvent.click(asked.getByRole("button", { name: "Stay" }));
  expect(server.calls).not.toContain("POST /sessions/s1/leave");

  await userEvent.click(await button("Leave chat"));
  await userEvent.click(within(await screen.findByRole("alertdialog")).getByRole("button", { name: "Leave" }));
  await waitFor(() => expect(screen.queryByRole("region", { name: /Chat:/ })).toBeNull());
  expect(server.calls).toContain("POST /sessions/s1/leave");
});

test("chats can be opened only from Request Support and from a ticket", async () => {  // spec 2.2
  const openers = () => screen.queryAllByRole("button", { name: /chat/i }).map((one) => one.textContent);
  const at = async (path: string, title: string) => {
    go(path);
    await screen.findByRole("heading", { level: 1, name: title });
    return openers();
  };
  portal();
  await button("Start chat");
  expect(openers()).toEqual(["Start chat"]);

  expect(await at("/portal/tickets", "Tickets")).toEqual([]);
  expect(await at("/portal/tickets/new", "Create a ticket")).toEqual([]);
  await at("/portal/tickets/t7", "VPN drops");
  await button("Chat about this ticket");
  expect(openers()).toEqual(["Chat about this ticket"]);
});
