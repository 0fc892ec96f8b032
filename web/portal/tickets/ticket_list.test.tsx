import { cleanup, screen, waitFor } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";

import { button, portal, server, TICKET, withPortal } from "../testing/portal";

withPortal();
const CLOSED = { ...TICKET, id: "t8", number: 8, summary: "Badge is lost", status: "TICKET_STATUS_CLOSED" };
let asked: URLSearchParams[];

beforeEach(() => {
  asked = [];
  server.routes.set("GET /tickets", (_, { searchParams }) => {
    asked.push(searchParams);
    const statuses = searchParams.getAll("status");
    const tickets = [CLOSED, TICKET].filter(({ status }) => !statuses.length || statuses.includes(status));
    return { status: 200, body: searchParams.get("search") ? {} : { tickets, total: tickets.length } };
  });
});

const row = (name: string) => screen.findByRole("link", { name: new RegExp(name) });
const absent = (name: string) => waitFor(() => expect(screen.queryByRole("link", { name: new RegExp(name) })).toBeNull());
const choose = async (name: string) => userEvent.click(await screen.findByRole("radio", { name }));

test("the list shows all tickets, the open ones or the closed ones, and keeps the choice in the address", async () => {
  // spec 9.1
  portal("/portal/tickets");
  await row("Badge is lost");
  await choose("Open");
  await absent("Badge is lost");
  await row("VPN drops");
  expect(asked.at(-1)!.getAll("status")).toEqual(["TICKET_STATUS_NEW", "TICKET_STATUS_IN_PROGRESS", "TICKET_STATUS_WAITING_CUSTOMER"]);
  expect(location.search).toBe("?show=open");

  await choose("Closed");
  await row("Badge is lost");
  await absent("VPN drops");
  cleanup();
  portal("/portal/tickets");
  await waitFor(() => expect(screen.getByRole<HTMLInputElement>("radio", { name: "Closed" }).checked).toBe(true));
  await choose("All");
  await row("VPN drops");
  expect(location.search).toBe("");
});

test("an empty list says what it does not have, and a long one that there is more", async () => {
  // spec 9.1, 9.7
  server.routes.set("GET /tickets", (_, { searchParams }) => {
    return { status: 200, body: searchParams.has("status") ? {} : { tickets: [TICKET], total: 1000, moreThanTotal: true, nextPageToken: "a" } };
  });
  portal("/portal/tickets");
  await screen.findByText("1000 or more tickets");
  await button("Show more");
  await choose("Closed");
  await screen.findByText("No closed tickets");
  await choose("Open");
  await screen.findByText("No open tickets");
  await userEvent.type(screen.getByRole("searchbox", { name: "Search tickets" }), "fax");
  await screen.findByText("No tickets match");
  await userEvent.clear(screen.getByRole("searchbox", { name: "Search tickets" }));
  await choose("All");
});
