import { fireEvent, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { AVA, MIA } from "../../wire/testing/fake_server";
import { answer, ready, server, tech, withTech } from "../testing/page";

withTech();

const wish = { phone: "+442079460101" };
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

function callback(): void {
  const sessionOpened = { type: "CHAT_TYPE_REQUEST", status: "CHAT_STATUS_CALLBACK", title: "Beamer", customer: MIA } as const;
  server.commit("c1", MIA, "open", { sessionOpened }, { participantJoined: { person: MIA } }, { callbackAsked: { wish } });
}

async function card() {
  await userEvent.click(await screen.findByRole("tab", { name: /^Callbacks, 1/ }));
  return within(screen.getByRole("article", { name: "Beamer" }));
}

test("an engineer records a call that nobody answered, and when to call again", async () => {
  // spec 4.14
  callback();
  const sent: string[] = [];
  server.routes.set("POST /sessions/c1/postpone-callback", (body) => {
    sent.push(String(body.nextCallAt));
    server.commit("c1", AVA, "tried", { callbackAsked: { wish, nextCallAt: String(body.nextCallAt) } });
    return answer("c1");
  });
  tech();
  const shown = await card();
  await userEvent.click(shown.getByRole("button", { name: "No answer" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Called, no answer" }));
  const day = dialog.getByLabelText<HTMLInputElement>("Call again: day");
  const chosen = day.value;
  fireEvent.input(day, { target: { value: "2020-01-01" } });
  await userEvent.click(dialog.getByRole("button", { name: "Call again then" }));
  dialog.getByText("Choose a time from now on, within 14 days.");
  expect(sent).toEqual([]);
  fireEvent.input(day, { target: { value: chosen } });
  await userEvent.click(dialog.getByRole("button", { name: "Call again then" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(sent).toHaveLength(1);
  // The dialog proposes an hour from now, in whole five minutes.
  const ahead = (Date.parse(sent[0]!) - Date.now()) / 60_000;
  expect([ahead > 58, ahead < 66, Date.parse(sent[0]!) % 300_000]).toEqual([true, true, 0]);
  await shown.findByText(/^.?Ava Chen.? called, no answer:/);
  shown.getByText(/^Call again:/);
});

test("a call-back whose next call is due is announced, marked on its tab and on its card", async () => {
  // spec 4.14, 5.7
  callback();
  for (const id of ["tried", "twice"]) server.commit("c1", AVA, id, { callbackAsked: { wish, nextCallAt: inAnHour() } });
  tech();
  await ready();
  await screen.findByRole("tab", { name: "Callbacks, 1" });
  server.commit("c1", AVA, "due", { callbackAsked: { wish, due: true } });
  await screen.findByText(/^Call .?Mia Torres.? again: .?Beamer/);
  await screen.findByRole("tab", { name: "Callbacks, 1, 1 new" });
  const shown = await card();
  shown.getByText(/^Call again now/);
  shown.getByText(/called last, no answer 2 times:/);
});
