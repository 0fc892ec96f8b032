import { screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { AVA, MIA, message } from "../../wire/testing/fake_server";
import { box, portal, server, withPortal } from "../testing/portal";

withPortal();

const NAME = "Chat request from Ava Chen";
const asked = async () => within(await screen.findByRole("alertdialog", { name: NAME }));

function push(): void {
  const sessionOpened = { type: "CHAT_TYPE_PUSH", status: "CHAT_STATUS_WAITING", title: "Chat from Ava", customer: MIA, ticketNumber: 7, ticketId: "t7" } as const;
  server.commit("p1", AVA, "push", { sessionOpened }, { participantJoined: { person: AVA } }, message("m1", "Did the new router help?"));
}

test("a push chat shows who asks, about which ticket and what they wrote, and takes no click in its first 500 ms", async () => {
  // spec 5.6
  portal();
  await box();
  push();
  const dialog = await asked();
  const accept = dialog.getByRole("button", { name: "Accept" });
  expect(document.activeElement).toBe(dialog.getByRole("heading", { name: NAME }));
  expect(accept.getAttribute("aria-disabled")).toBe("true");
  await userEvent.click(accept);
  expect(server.calls).not.toContain("POST /sessions/p1/answer");
  expect(await dialog.findByText("Did the new router help?")).toBeTruthy();
  expect(await dialog.findByText(/Ava Chen.*about ticket 7.*VPN drops/)).toBeTruthy();
  await waitFor(() => expect(accept.getAttribute("aria-disabled")).toBeNull());
});

test("while the customer types, the request is a card beside the text, and the dialog opens on Answer", async () => {
  // spec 5.6
  portal();
  await userEvent.type(await box(), "I would like");
  push();
  await userEvent.type(await box(), " to ask");
  expect(screen.queryByRole("alertdialog")).toBeNull();
  expect(await box()).toHaveProperty("value", "I would like to ask");
  await userEvent.click(await screen.findByRole("button", { name: "Answer" }));
  await asked();
});

test("Not now, call me declines and opens the call-back form", async () => {
  // spec 5.6, 4.10
  let subject: unknown;
  server.routes.set("POST /sessions/p1/answer", (body) => {
    expect(body.answer).toBe("PUSH_ANSWER_DECLINE");
    server.commit("p1", MIA, String(body.commandId), { statusChanged: { from: "CHAT_STATUS_WAITING", to: "CHAT_STATUS_ABANDONED", step: "STEP_DECLINE" } });
    return { status: 200, body: { session: { card: server.card("p1"), entries: [] } } };
  });
  server.routes.set("POST /callbacks", (body) => ((subject = body.text), { status: 200, body: { session: { card: {} }, opened: true } }));
  portal();
  await box();
  push();
  const call = await (await asked()).findByRole("button", { name: "Not now, call me" });
  await waitFor(() => expect(call.getAttribute("aria-disabled")).toBeNull());
  await userEvent.click(call);
  const form = within(await screen.findByRole("dialog", { name: "Call me back" }));
  expect(screen.queryByRole("alertdialog")).toBeNull();
  await userEvent.type(form.getByRole("textbox", { name: "Phone number" }), "+44 20 7946 0101");
  await userEvent.click(form.getByRole("button", { name: "Request call back" }));
  await waitFor(() => expect(subject).toBe("Call-back about ticket 7: VPN drops"));
});

test("that an answer failed is shown until the request is over", async () => {
  // spec 5.6
  server.routes.set("POST /sessions/p1/answer", () => ({ status: 400, body: { error: { kind: "internal", message: "no" } } }));
  portal();
  await box();
  push();
  const accept = (await asked()).getByRole("button", { name: "Accept" });
  await waitFor(() => expect(accept.getAttribute("aria-disabled")).toBeNull());
  await userEvent.click(accept);
  const failed = await screen.findByRole("alert");
  server.commit("p1", AVA, "withdraw", { statusChanged: { from: "CHAT_STATUS_WAITING", to: "CHAT_STATUS_ABANDONED", step: "STEP_WITHDRAW" } });
  await waitFor(() => expect(failed.isConnected).toBe(false));
});
