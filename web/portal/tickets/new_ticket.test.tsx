import { screen } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { go, paths } from "../router";
import { button, box, portal, reloaded, server, TICKET, withPortal } from "../testing/portal";

withPortal();

const summary = () => screen.findByRole("textbox", { name: "What is it about?" });

/** Accepts tickets and returns those created. The first `lost` responses do not arrive. */
function tickets(lost = 0): Record<string, unknown>[] {
  const taken: Record<string, unknown>[] = [];
  server.routes.set("POST /tickets", (body) => {
    taken.push(body);
    if (taken.length <= lost) return { status: 503, body: {} };
    return { status: 200, body: { ticket: TICKET } };
  });
  return taken;
}

test("a ticket is created from the request page with the typed text, and from the list", async () => {  // spec 9.1
  const taken = tickets();
  portal();
  await userEvent.type(await box(), "My headset is broken");
  await userEvent.click(await button("Create a ticket"));
  expect(await summary()).toHaveProperty("value", "My headset is broken");
  await userEvent.click(await button("Create ticket"));
  await screen.findByRole("heading", { level: 1, name: "VPN drops" });
  expect(taken[0]).toMatchObject({ summary: "My headset is broken", commandId: expect.stringMatching(/^.{1,64}$/) });

  go(paths.tickets);
  await userEvent.click(await button("Create a ticket"));
  expect(await summary()).toHaveProperty("value", "");
  await userEvent.type(await summary(), "Another one");
  await userEvent.click(await button("Create ticket"));
  await screen.findByRole("heading", { level: 1, name: "VPN drops" });
  expect(taken[1]!.commandId).not.toBe(taken[0]!.commandId);
});

test("a retry after a lost response, or after a reload, creates no second ticket", async () => {  // spec 3.8, 7.9
  const taken = tickets(4);
  portal("/portal/tickets/new");
  await userEvent.type(await summary(), "Broken");
  await userEvent.type(screen.getByRole("textbox", { name: "Details (optional)" }), "It fell");
  await userEvent.click(await button("Create ticket"));
  expect((await screen.findByRole("alert")).textContent).toContain("cannot be reached");

  reloaded();
  expect(await summary()).toHaveProperty("value", "Broken");
  await userEvent.click(await button("Create ticket"));
  await screen.findByRole("heading", { level: 1, name: "VPN drops" });
  expect(new Set(taken.map((body) => body.commandId)).size).toBe(1);
  expect(taken.at(-1)).toMatchObject({ summary: "Broken", text: "It fell" });
});

test("a technical error message is not shown to a customer", async () => {
  server.routes.set("POST /tickets", () => ({
    status: 400,
    body: { error: { kind: "invalid_argument", field: "command_id", message: "A command id has 1 to 64 characters." } },
  }));
  portal("/portal/tickets/new");
  await userEvent.type(await summary(), "Broken");
  await userEvent.click(await button("Create ticket"));
  const error = (await screen.findByRole("alert")).textContent;
  expect(error).toContain("did not work");
  expect(error).not.toContain("command");
});
