import { screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { MIA } from "../../wire/testing/fake_server";
import { go } from "../router";
import { TICKET, ready, server, tech, withTech } from "../testing/page";
import { COLUMNS, type Column, directionOf, orderAfter, orderOf, orderText } from "./list_order";

withTech();

const address = () => location.pathname + location.search;
const header = (name: string) => screen.findByRole("columnheader", { name });
const sortBy = async (name: string) => userEvent.click(within(await header(name)).getByRole("button", { name }));
const ticket = (number: number) => ({ ...TICKET, id: `t${number}`, number, summary: `Ticket ${number}` });
const shown = () => screen.getAllByRole("link", { name: /^Ticket / }).map(({ textContent }) => textContent);

/** The queries that the server is asked, each answered with what `answer` returns. */
function serve(answer: (asked: URLSearchParams) => object): string[] {
  const asked: string[] = [];
  server.routes.set("GET /tickets", (_, url) => (asked.push(url.search), { status: 200, body: answer(url.searchParams) }));
  return asked;
}

test("a header sorts by its column, again from the other end, and says so", async () => {
  // spec 9.7
  const asked = serve(() => ({ tickets: [TICKET], total: 1000, moreThanTotal: true }));
  tech();
  await ready();
  expect((await header("Changed")).getAttribute("aria-sort")).toBe("descending");
  expect((await header("Priority")).hasAttribute("aria-sort")).toBe(false);
  expect(screen.getByText("1000 or more tickets")).toBeTruthy();
  for (const [query, sent, direction] of [
    ["?sort=priority", "?sort=priority", "descending"],
    ["?sort=-priority", "?sort=priority&reversed=1", "ascending"],
    ["?sort=priority", "?sort=priority", "descending"],
  ]) {
    await sortBy("Priority");
    expect(address()).toBe(`/tech/tickets${query}`);
    await waitFor(() => expect(asked.at(-1)).toBe(sent));
    expect((await header("Priority")).getAttribute("aria-sort")).toBe(direction);
  }
  expect((await header("Changed")).hasAttribute("aria-sort")).toBe(false);

  await userEvent.click(await screen.findByRole("link", { name: "VPN drops" }));
  await userEvent.click(await screen.findByRole("link", { name: "All tickets" }));
  await waitFor(() => expect(address()).toBe("/tech/tickets?sort=priority"));
  await sortBy("Changed");
  expect(address()).toBe("/tech/tickets");
}, 60_000);

test("the header names the order of the rows that stay when another one cannot be loaded", async () => {
  // spec 9.7
  let down = false;
  server.routes.set("GET /tickets", () => (down ? { status: 503, body: { error: { kind: "unavailable", code: "unavailable", message: "no" } } } : { status: 200, body: { tickets: [TICKET], total: 1 } }));
  tech();
  await ready();
  await screen.findByRole("link", { name: "VPN drops" });
  down = true;
  await sortBy("Priority");
  const retry = await screen.findByRole("button", { name: "Try again" });
  const sorts = async () => [(await header("Changed")).getAttribute("aria-sort"), (await header("Priority")).getAttribute("aria-sort")];
  expect(await sorts()).toEqual(["descending", null]);
  down = false;
  await userEvent.click(retry);
  await waitFor(async () => expect(await sorts()).toEqual([null, "descending"]));
});

test("Show more fetches the next page alone; a change of a ticket fetches all pages anew", async () => {
  // spec 9.7
  const pages: Record<string, number[]> = { "": [9, 8], p2: [8, 7], p3: [6] };
  const asked = serve((query) => {
    const page = query.get("page") ?? "";
    return { tickets: pages[page]!.map(ticket), total: 5, nextPageToken: { "": "p2", p2: "p3" }[page] };
  });
  tech();
  await ready();
  await screen.findByRole("link", { name: "Ticket 9" });
  await userEvent.click(screen.getByRole("button", { name: "Show more" }));
  await screen.findByRole("link", { name: "Ticket 7" });
  await userEvent.click(screen.getByRole("button", { name: "Show more" }));
  await screen.findByRole("link", { name: "Ticket 6" });
  expect(asked).toEqual(["", "?page=p2", "?page=p3"]);
  // Ticket 8 moved to the second page between the first two calls.
  expect(shown()).toEqual([9, 8, 7, 6].map((number) => `Ticket ${number}`));
  expect(screen.queryByRole("button", { name: "Show more" })).toBeNull();
  // The button had the focus.
  expect(document.activeElement?.textContent).toBe("Ticket 6");

  pages[""] = [7, 9];
  pages.p2 = [8];
  server.publish({ t: "ticket", ticket: { id: "t7", revision: 2 } });
  await waitFor(() => expect(shown()).toEqual([7, 9, 8, 6].map((number) => `Ticket ${number}`)));
  expect(asked.slice(3)).toEqual(["", "?page=p2", "?page=p3"]);
});

test("a page that could not be loaded is asked for again, and a reload shows all that were shown", async () => {
  // spec 9.7
  let fails = true;
  const asked: string[] = [];
  server.routes.set("GET /tickets", (_, url) => {
    asked.push(url.search);
    if (!url.searchParams.get("page")) return { status: 200, body: { tickets: [ticket(2)], total: 2, nextPageToken: "p2" } };
    return fails ? { status: 400, body: {} } : { status: 200, body: { tickets: [ticket(1)], total: 2 } };
  });
  go({ page: "tickets", query: "pages=2" });
  tech();
  await ready();
  const retry = await screen.findByRole("button", { name: "Try again" });
  fails = false;
  await userEvent.click(retry);
  await screen.findByRole("link", { name: "Ticket 1" });
  expect(shown()).toEqual(["Ticket 2", "Ticket 1"]);
});

test("the tickets of one customer, and those that nobody changed for long, are listed", async () => {
  // spec 9.7
  const asked = serve(() => ({ tickets: [TICKET], total: 1 }));
  server.routes.set("GET /people", () => ({ status: 200, body: { people: [MIA] } }));
  server.routes.set("GET /people/mia", () => ({ status: 200, body: { person: MIA } }));
  go({ page: "tickets", query: "customer=mia" });
  tech();
  await ready();
  await screen.findByRole("button", { name: "Customer: Mia Torres" });
  await userEvent.click(screen.getByRole("button", { name: "Show all customers" }));
  expect(address()).toBe("/tech/tickets");
  await userEvent.click(await screen.findByRole("button", { name: "Customer: All customers" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Tickets of one customer" }));
  await userEvent.click(await dialog.findByRole("option", { name: /Mia Torres/ }));
  expect(await screen.findByRole("button", { name: "Customer: Mia Torres" })).toBeTruthy();
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "Age" }), "Unchanged for a week");
  expect(address()).toBe("/tech/tickets?customer=mia&age=7");
  await waitFor(() => expect(asked.at(-1)).toContain("before="));
  const last = new URLSearchParams(asked.at(-1));
  expect(last.get("customer")).toBe("mia");
  // A week ago, to the hour.
  expect(Math.abs(Date.now() / 1000 - 7 * 86_400 - Number(last.get("before")))).toBeLessThan(3600);
}, 60_000);

test("each column has an order from both ends, which its address leads back to", () => {
  // spec 9.7
  for (const column of Object.keys(COLUMNS) as Column[]) {
    const first = orderAfter({ column: column === "number" ? "status" : "number", reversed: true }, column);
    const second = orderAfter(first, column);
    expect([first.reversed, second.reversed]).toEqual([false, true]);
    expect(directionOf(first, column)).not.toBe(directionOf(second, column));
    for (const order of [first, second]) expect(orderOf(orderText(order))).toEqual(order);
  }
  for (const text of ["", "unknown", "-", "-unknown", "toString"]) expect(orderText(orderOf(text))).toBe("");
});
