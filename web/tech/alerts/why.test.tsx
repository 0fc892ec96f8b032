import { screen, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { AVA } from "../../wire/testing/fake_server";
import { inChat, server, tech, withTech } from "../testing/page";

withTech();

const AT = "2026-05-04T09:00:00Z";
const RUNG = { deliveryId: "d1", kind: "NOTIFICATION_KIND_WAITING", rung: 2, channel: "CHANNEL_HIDDEN_PAGE", askedAt: AT, sentAt: AT, failedAt: AT, failure: "The page is frozen" };
const FACTS = [
  { check: "access", passed: true, text: "Ava may see the chats of Acme", at: AT },
  { check: "presence", passed: false, text: "Ava was away", at: AT },
];

async function ask(): Promise<ReturnType<typeof within>> {
  server.open("s1");
  tech();
  await userEvent.click(await screen.findByRole("tab", { name: "Waiting, 1" }));
  const card = within(screen.getByRole("article", { name: "Printer is on fire" }));
  await userEvent.click(card.getByRole("button", { name: "Session menu" }));
  await userEvent.click(screen.getByRole("menuitem", { name: "Why did it not ring me?" }));
  return within(await screen.findByRole("dialog", { name: "Why did it not ring me?" }));
}

test("the card's menu explains the result, each fact and each notification; a failure offers a retry", async () => {
  // spec 5.11
  server.routes.set("GET /sessions/s1/explanation", () => ({ status: 404, body: { error: { kind: "not_found", message: "There is no such session." } } }));
  const dialog = await ask();
  await dialog.findByText("The explanation could not be loaded");
  server.routes.set("GET /sessions/s1/explanation", (_, url) => {
    expect(url.searchParams.get("person")).toBe("ava");
    return { status: 200, body: { facts: FACTS, deliveries: [RUNG] } };
  });
  await userEvent.click(dialog.getByRole("button", { name: "Try again" }));
  expect(await dialog.findByText(/Ava Chen.* was not alerted/)).toHaveProperty("textContent", "Ava Chen was not alerted: Ava was away");
  const facts = within(dialog.getByRole("list", { name: "How this was decided" })).getAllByRole("listitem");
  expect(facts.map((fact) => fact.textContent)).toEqual([
    expect.stringMatching(/^Allows the alert: Ava may see.*\d:00:00/),
    expect.stringMatching(/^Prevents the alert: Ava was away.*\d:00:00/),
  ]);
  const row = within(dialog.getByRole("list", { name: "Notifications" })).getAllByRole("listitem")[0]!.textContent;
  for (const text of ["A customer waits, repetition 2", "in a hidden page", "sent", "failed", "Reason: The page is frozen"]) expect(row).toContain(text);
  expect(dialog.queryByRole("button", { name: "Choose an engineer" })).toBeNull();
});

test("a supervisor chooses the engineer; without notifications the dialog shows that none was sent", async () => {
  // spec 5.11
  const person = { id: AVA.id, name: AVA.name, role: "ROLE_SUPERVISOR" };
  server.routes.set("GET /start", () => ({ status: 200, body: { me: { id: "sign-in-1", person }, cards: server.cards(), alerts: [], missing: [] } }));
  server.routes.set("GET /sessions/s1/explanation", (_, url) => ({ status: 200, body: { alerted: url.searchParams.get("person") === "sam", facts: [] } }));
  const dialog = await ask();
  await dialog.findByText("No notification was sent.");
  await userEvent.click(dialog.getByRole("button", { name: "Choose an engineer" }));
  await userEvent.click(await dialog.findByRole("button", { name: "Show the explanation for Sam Okafor" }));
  expect(await dialog.findByText(/Sam Okafor.* was alerted/)).toBeTruthy();
});

test("the chat's menu opens the same dialog", async () => {
  // spec 5.11
  server.routes.set("GET /sessions/s1/explanation", () => ({ status: 200, body: { alerted: true } }));
  const window = await inChat();
  await userEvent.click(window.getByRole("button", { name: "Chat menu" }));
  await userEvent.click(screen.getByRole("menuitem", { name: "Why did it not ring me?" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Why did it not ring me?" }));
  expect(await dialog.findByText("Nothing is recorded about this chat.")).toBeTruthy();
});
