import { screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { AVA, MIA } from "../../wire/testing/fake_server.ts";
import { portal, server, withPortal } from "../testing/portal";

withPortal();

const asked = () => screen.findByRole("region", { name: "Your call-back requests" });
const sure = async () => within(await screen.findByRole("alertdialog", { name: "Cancel this call-back?" }));

async function withCallback(): Promise<void> {
  const sessionOpened = { type: "CHAT_TYPE_REQUEST", status: "CHAT_STATUS_CALLBACK", title: "Beamer", customer: MIA } as const;
  server.commit("c1", MIA, "open", { sessionOpened }, { participantJoined: { person: MIA } }, { callbackAsked: { wish: { byChat: true } } });
  portal();
  await userEvent.click(within(await asked()).getByRole("button", { name: "Cancel call-back" }));
}

test("a customer cancels a call-back after a question", async () => {  // spec 4.14
  server.routes.set("POST /sessions/c1/cancel-callback", () => {
    const statusChanged = { from: "CHAT_STATUS_CALLBACK", to: "CHAT_STATUS_COMPLETED", step: "STEP_WITHDRAW" } as const;
    const entry = server.commit("c1", MIA, "cancel", { statusChanged }, { sessionCompleted: {} }, { participantLeft: { person: MIA } });
    return { status: 200, body: { session: { card: { sessionId: "c1" }, entries: [entry] } } };
  });
  await withCallback();
  await userEvent.click((await sure()).getByRole("button", { name: "Keep it" }));
  await waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());

  await userEvent.click(within(await asked()).getByRole("button", { name: "Cancel call-back" }));
  await userEvent.click((await sure()).getByRole("button", { name: "Cancel it" }));
  await screen.findByText("The call-back is cancelled.");
  await waitFor(() => expect(screen.queryByRole("region", { name: "Your call-back requests" })).toBeNull());
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("main")));
});

test("a call-back that could not be cancelled stays", async () => {  // spec 4.14, 7.7
  let answer = (): void => undefined;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  server.routes.set("POST /sessions/c1/cancel-callback", () => answered.then(() => ({ status: 503, body: { code: "unavailable", message: "Down" } })));
  await withCallback();
  await userEvent.click((await sure()).getByRole("button", { name: "Cancel it" }));
  // It may be cancelled already, so it cannot be kept.
  await waitFor(async () => expect((await sure()).getByRole("button", { name: "Keep it" }).getAttribute("aria-disabled")).toBe("true"));
  await userEvent.keyboard("{Escape}");
  await sure();
  answer();
  await screen.findByText(/cannot be reached right now/);
  await waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
  within(await asked()).getByRole("button", { name: "Cancel call-back" });
});

test("a customer changes a call-back, and is told about a call that they missed", async () => {  // spec 4.14
  const sessionOpened = { type: "CHAT_TYPE_REQUEST", status: "CHAT_STATUS_CALLBACK", title: "Beamer", customer: MIA } as const;
  const wish = { phone: "+442079460101", extension: "45", note: "After two", windows: [{ from: "2026-03-02T09:00:00.000Z", until: "2026-03-02T12:00:00.000Z" }] };
  server.commit("c1", MIA, "open", { sessionOpened }, { participantJoined: { person: MIA } }, { callbackAsked: { wish } });
  server.commit("c1", AVA, "tried", { callbackAsked: { wish, nextCallAt: new Date(Date.now() + 3_600_000).toISOString() } });
  const sent: unknown[] = [];
  server.routes.set("POST /sessions/c1/callback", (body) => {
    sent.push(body.wish);
    const entry = server.commit("c1", MIA, "change", { callbackAsked: { wish: { ...wish, phone: "+442079460102" } } });
    return { status: 200, body: { session: { card: { sessionId: "c1" }, entries: [entry] } } };
  });
  portal();
  const list = within(await asked());
  list.getByText(/^We tried to call you \(.+\)\. Next try: .+\.$/);
  await userEvent.click(list.getByRole("button", { name: "Change" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Change call-back" }));
  const phone = dialog.getByRole<HTMLInputElement>("textbox", { name: "Phone number" });
  expect(phone.value).toBe("+442079460101 ext. 45");
  expect(dialog.getByRole<HTMLTextAreaElement>("textbox", { name: "Note (optional)" }).value).toBe("After two");
  await userEvent.clear(phone);
  await userEvent.type(phone, "+44 20 7946 0102");
  await userEvent.click(dialog.getByRole("button", { name: "Save" }));
  await screen.findByText("The call-back is changed.");
  expect(sent).toEqual([{ phone: "+44 20 7946 0102", byChat: false, note: wish.note, windows: wish.windows }]);
  // The customer's change replaces the time of the next try.
  await within(await asked()).findByText(/^We tried to call you \(.+\)\. We will try again\.$/);
});
