import { screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";

import { TICKET, ready, server, tech, withTech } from "../testing/page";

withTech();

// Spec 9.7.
const AVA = { id: "ava", name: "Ava Chen" };
let tickets: Record<string, unknown>[];
let sent: [string, unknown][];

beforeEach(() => {
  sent = [];
  tickets = [1, 2, 3, 4].map((number) => ({ ...TICKET, id: `t${number}`, number, summary: `Ticket ${number}`, ...(number === 4 && { assignee: AVA }) }));
  server.routes.set("GET /tickets", () => ({ status: 200, body: { tickets, total: tickets.length } }));
  for (const number of [1, 2, 3, 4]) {
    server.routes.set(`PATCH /tickets/t${number}`, ({ commandId: _, ...body }) => {
      sent.push([`t${number}`, body]);
      const refusal = { kind: "failed_precondition", code: "step_not_allowed", field: "", message: "This ticket cannot be closed." };
      if (number === 2) return { status: 409, body: { error: refusal } };
      if (body.status) tickets = tickets.filter(({ id }) => id !== `t${number}`);
      return { status: 200, body: { ticket: TICKET } };
    });
  }
});

const link = (number: number) => screen.findByRole("link", { name: `Ticket ${number}` });
const focusedText = () => document.activeElement?.textContent;

async function inList(): Promise<void> {
  tech();
  await ready();
  await link(1);
  await userEvent.keyboard("l");
}

test("L, J, K and the arrows move from row to row, and Enter opens the ticket", async () => {
  await inList();
  const passed = [focusedText()];
  for (const key of ["j", "{ArrowDown}", "k", "{End}", "j", "{Home}", "k"]) {
    await userEvent.keyboard(key);
    passed.push(focusedText());
  }
  expect(passed).toEqual([1, 2, 3, 2, 4, 4, 1, 1].map((number) => `Ticket ${number}`));
  await userEvent.keyboard("{Enter}");
  await waitFor(() => expect(location.pathname).toBe("/tech/tickets/t1"));
});

test("A and E act on the row with the focus, which then is on the row that took its place", async () => {
  await inList();
  await userEvent.keyboard("ja");
  await waitFor(() => expect(sent).toEqual([["t2", { assigneeId: "ava" }]]));
  expect(await screen.findByText(/#2: This ticket cannot be closed\./)).toBeTruthy();
  await userEvent.keyboard("je");
  await waitFor(() => expect(sent.at(-1)).toEqual(["t3", { status: "TICKET_STATUS_CLOSED" }]));
  server.publish({ t: "ticket", ticket: { id: "t3", revision: 2 } });
  await waitFor(() => expect(screen.queryByRole("link", { name: "Ticket 3" })).toBeNull());
  await waitFor(() => expect(focusedText()).toBe("Ticket 4"));
  // A change moves a row to the top; its focus stays on it.
  tickets = [tickets[2]!, tickets[0]!, tickets[1]!];
  server.publish({ t: "ticket", ticket: { id: "t4", revision: 2 } });
  await waitFor(() => expect(screen.getAllByRole("row")[1]!.textContent).toContain("Ticket 4"));
  expect(focusedText()).toBe("Ticket 4");
});

test("several tickets are selected by X and by their boxes, changed one after the other, and what was refused is named", async () => {
  await inList();
  await userEvent.keyboard("xjx");
  await userEvent.click(screen.getByRole("checkbox", { name: "Select ticket #4" }));
  const bar = within(screen.getByRole("group", { name: "Selected tickets" }));
  expect(bar.getByRole("status").textContent).toBe("3 selected");
  await userEvent.click(bar.getByRole("button", { name: "Assign to me" }));
  // The fourth one is Ava's already.
  expect(await screen.findByText("1 ticket is assigned to you. #2: This ticket cannot be closed.")).toBeTruthy();
  expect(sent.map(([id]) => id)).toEqual(["t1", "t2"]);
  expect(screen.queryByRole("group", { name: "Selected tickets" })).toBeNull();

  await userEvent.click(screen.getByRole("checkbox", { name: "Select ticket #1" }));
  await userEvent.click(screen.getByRole("button", { name: "Clear selection" }));
  expect(screen.getByRole<HTMLInputElement>("checkbox", { name: "Select ticket #1" }).checked).toBe(false);
  await userEvent.click(screen.getByRole("checkbox", { name: "Select ticket #1" }));
  await userEvent.click(screen.getByRole("button", { name: "Close" }));
  expect(await screen.findByText("1 ticket was closed")).toBeTruthy();
});
