import { act, screen, waitFor } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { go } from "../router";
import { TICKET, ready, server, tech, withTech } from "../testing/page";
import { addressOf, BLANK, queryOf } from "./list_address";

withTech();

const address = () => location.pathname + location.search;

test("the filters are in the address, which a reload, Back and the way back from a ticket keep", async () => {
  // spec 9.7
  const asked: string[] = [];
  server.routes.set("GET /tickets", (_, url) => (asked.push(url.search), { status: 200, body: { tickets: [TICKET], total: 1 } }));
  tech();
  await ready();
  await userEvent.selectOptions(await screen.findByRole("combobox", { name: "Priority" }), "Urgent");
  await userEvent.selectOptions(await screen.findByRole("combobox", { name: "Assignee" }), "Nobody");
  await waitFor(() => expect(asked.at(-1)).toBe("?unassigned=1&priority=PRIORITY_URGENT"));
  await userEvent.selectOptions(await screen.findByRole("combobox", { name: "Assignee" }), "Assigned to me");
  await userEvent.click(screen.getByRole("searchbox", { name: "Search tickets" }));
  await userEvent.paste("vpn");
  await waitFor(() => expect(address()).toBe("/tech/tickets?search=vpn&assignee=ava&priority=PRIORITY_URGENT"));
  await waitFor(() => expect(asked.at(-1)).toBe("?search=vpn&assignee=ava&priority=PRIORITY_URGENT"));

  await userEvent.click(await screen.findByRole("link", { name: "VPN drops" }));
  await userEvent.click(await screen.findByRole("link", { name: "All tickets" }));
  expect(address()).toBe("/tech/tickets?search=vpn&assignee=ava&priority=PRIORITY_URGENT");
  expect((await screen.findByRole<HTMLInputElement>("searchbox", { name: "Search tickets" })).value).toBe("vpn");

  await userEvent.click(await screen.findByRole("link", { name: "VPN drops" }));
  await screen.findByRole("link", { name: "All tickets" });
  history.back();
  await screen.findByRole("searchbox", { name: "Search tickets" });
  expect((await screen.findByRole<HTMLSelectElement>("combobox", { name: "Priority" })).value).toBe("PRIORITY_URGENT");
  go({ page: "tickets" });
  await waitFor(() => expect(screen.getByRole<HTMLInputElement>("searchbox", { name: "Search tickets" }).value).toBe(""));
}, 60_000);

test("a button for phones shows the filters and how many are active", async () => {
  // spec 9.7
  tech();
  await ready();
  act(() => go({ page: "tickets", query: "search=vpn&status=open&age=7&sort=number" }));
  const button = await screen.findByRole("button", { name: "Filters, 2 active" });
  expect(button.getAttribute("aria-expanded")).toBe("false");
  await userEvent.click(button);
  expect(button.getAttribute("aria-expanded")).toBe("true");
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "Status" }), "All statuses");
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "Age" }), "Any age");
  expect(await screen.findByRole("button", { name: "Filters" })).toBeTruthy();
});

test.each(["", "search=a+b&status=open&board=b1&pages=3", "assignee=ava&customer=mia&priority=PRIORITY_LOW&age=30&sort=-status"])("an address leads to its filters and back: %s", (query) => {
  expect(queryOf(addressOf(query))).toBe(query);
});

test.each([
  ...["pages=0", "pages=99999", "pages=x", "unknown=1", "sort=size", "sort=changed", "age=2"],
  ...["status=XX", "status=TICKET_STATUS_UNSPECIFIED", "priority=XX", "priority=PRIORITY_UNSPECIFIED"],
])("an address with wrong values has the defaults instead: %s", (query) => {
  expect(addressOf(query)).toEqual(BLANK);
});

test("without a connection the list and a ticket that were shown before are still there, and what is not says so", async () => {
  // spec 9.5
  tech();
  await ready();
  await userEvent.click(await screen.findByRole("link", { name: "VPN drops" }));
  await screen.findByRole("button", { name: "Edit summary" });
  const away = () => ({ status: 503, body: { error: { kind: "unavailable", code: "unreachable", message: "no" } } });
  for (const path of ["/tickets", "/tickets/t7", "/sessions/history"]) server.routes.set(`GET ${path}`, away);
  act(() => go({ page: "tickets" }));
  expect(await screen.findByText("The tickets could not be loaded")).toBeTruthy();
  await userEvent.click(screen.getByRole("link", { name: "VPN drops" }));
  expect(await screen.findByRole("button", { name: "Edit summary" })).toBeTruthy();
  act(() => go({ page: "tickets", query: "search=other" }));
  expect(await screen.findByText("The tickets could not be loaded")).toBeTruthy();
  expect(screen.queryByRole("link", { name: "VPN drops" })).toBeNull();
});
