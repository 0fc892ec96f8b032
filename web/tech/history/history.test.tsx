import { fireEvent, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import type { SessionCard } from "../../wire/index.ts";
import { MIA } from "../../wire/testing/fake_server";
import { go } from "../router";
import { SAM, ready, server, tech, withTech } from "../testing/page";
import { BLANK, addressOf, askedOf, queryOf } from "./history_address";

withTech();

const LEO = { id: "leo", name: "Leo Park", companyId: "acme" };
const address = () => location.pathname + location.search;

function card(number: number): SessionCard {
  const fields = { customer: MIA, companyName: "Acme Ltd", ticketNumber: 7, takenBy: SAM, openedAt: "2026-03-02T09:00:00Z" };
  return { ...fields, sessionId: `s${number}`, title: `Chat ${number}`, status: "CHAT_STATUS_COMPLETED", type: "CHAT_TYPE_REQUEST" };
}

/** The queries that the server is asked, each answered with one chat, or with what `answer` returns. */
function serve(answer = (_: URLSearchParams): object => ({ cards: [card(1)], total: 1 })): string[] {
  const asked: string[] = [];
  server.routes.set("GET /history", (_, url) => (asked.push(url.search), { status: 200, body: answer(url.searchParams) }));
  server.routes.set("GET /places", () => ({ status: 200, body: { companies: [{ id: "acme", name: "Acme Ltd" }], boards: [] } }));
  server.routes.set("GET /people", () => ({ status: 200, body: { people: [LEO] } }));
  return asked;
}

async function open(query = ""): Promise<void> {
  go({ page: "history", query });
  tech();
  await ready();
  await screen.findByRole("heading", { name: "History", level: 1 });
}

const choose = async (name: string, option: string) => userEvent.selectOptions(await screen.findByRole("combobox", { name }), await screen.findByRole("option", { name: option }));
const apply = () => userEvent.click(screen.getByRole("button", { name: "Apply" }));

test("the list has who, what, ticket, status, engineer and the total", async () => {
  // spec 8.1
  serve();
  await open();
  const row = within((await screen.findByRole("link", { name: "Open history: Chat 1" })).closest("tr")!);
  for (const text of ["Mia Torres · Acme Ltd", "#7", "Completed", "Request", "Sam Okafor"]) expect(row.getByText(text)).toBeTruthy();
  expect(screen.getByText("1 chat")).toBeTruthy();
});

test("filters count when they are applied, are in the address, and Back takes them off", async () => {
  // spec 8.1
  const asked = serve();
  await open();
  expect(screen.getByRole<HTMLSelectElement>("combobox", { name: "Customer" }).disabled).toBe(true);
  await choose("Company", "Acme Ltd");
  await choose("Customer", "Leo Park");
  await choose("Status", "Call-back");
  await choose("Type", "Request");
  await userEvent.type(screen.getByRole("searchbox", { name: "Search" }), " printer ");
  expect(asked).toEqual([""]);
  await apply();
  const query = "?search=printer&company=acme&customer=leo&status=CHAT_STATUS_CALLBACK&type=CHAT_TYPE_REQUEST";
  await waitFor(() => expect(address()).toBe(`/tech/history${query}`));
  await waitFor(() => expect(new URLSearchParams(asked.at(-1))).toEqual(new URLSearchParams(query)));
  history.back();
  await waitFor(() => expect(address()).toBe("/tech/history"));
  await waitFor(() => expect(screen.getByRole<HTMLSelectElement>("combobox", { name: "Company" }).value).toBe(""));
  await waitFor(() => expect(asked.at(-1)).toBe(""));
}, 60_000);

test("another company takes the chosen customer off", async () => {
  // spec 8.1
  serve();
  await open("company=acme&customer=leo");
  await choose("Company", "All companies");
  await apply();
  await waitFor(() => expect(address()).toBe("/tech/history"));
});

test("days are asked in the reader's zone, the last one included, and never in the wrong order", async () => {
  // spec 8.1
  const second = (year: number, month: number, day: number) => String(new Date(year, month - 1, day).getTime() / 1000);
  const days = { ...BLANK, from: "2026-03-28", until: "2026-03-31" };
  expect(askedOf(days)).toMatchObject({ from: second(2026, 3, 28), until: second(2026, 4, 1) });
  const asked = serve();
  await open();
  fireEvent.input(screen.getByLabelText("From"), { target: { value: "2026-03-02" } });
  fireEvent.input(screen.getByLabelText("Until"), { target: { value: "2026-03-01" } });
  expect((await screen.findByRole("alert")).textContent).toBe("Before the start");
  await apply();
  expect(asked).toEqual([""]);
});

test("refresh reads the list anew", async () => {
  // spec 8.1
  let count = 1;
  serve(() => ({ cards: Array.from({ length: count }, (_, number) => card(number)), total: count }));
  await open();
  await screen.findByText("1 chat");
  count = 2;
  await userEvent.click(screen.getByRole("button", { name: "Refresh" }));
  await screen.findByText("2 chats");
});

test("more pages follow on request, and a total that was not counted to its end is named so", async () => {
  // spec 8.1
  const page = (from: number, count: number) => Array.from({ length: count }, (_, number) => card(from + number));
  serve((asked) =>
    asked.get("page") ? { cards: page(50, 10) } : { cards: page(0, 50), total: 200, moreThanTotal: true, nextPageToken: "below-s49" },
  );
  await open();
  await screen.findByText("200 or more chats");
  await userEvent.click(screen.getByRole("button", { name: "Show more" }));
  await screen.findByRole("link", { name: "Open history: Chat 59" });
  expect(address()).toBe("/tech/history?pages=2");
  expect(screen.queryByRole("button", { name: "Show more" })).toBeNull();
});

test("a search that has found nothing yet goes on when the engineer asks", async () => {
  // spec 8.1
  let calls = 0;
  serve(() => (++calls <= 5 ? { nextPageToken: `page-${calls}`, moreThanTotal: true } : { cards: [card(1)] }));
  await open("search=toner");
  await screen.findByText("Nothing found among the latest chats");
  expect(calls).toBe(5);
  calls = 4;
  await userEvent.click(screen.getByRole("button", { name: "Search older chats" }));
  await screen.findByRole("link", { name: "Open history: Chat 1" });
});

test("without a match the page says what to do, and clearing shows all", async () => {
  serve((asked) => (asked.get("search") ? {} : { cards: [card(1)], total: 1 }));
  await open("search=toner");
  await screen.findByText("No chats match");
  await userEvent.click(screen.getByRole("button", { name: "Clear filters" }));
  await screen.findByRole("link", { name: "Open history: Chat 1" });
  expect(address()).toBe("/tech/history");
});

test("a refused search shows the server's reason", async () => {
  serve();
  const error = { kind: "invalid_argument", code: "bad_argument", field: "search", message: "A search needs a letter or a digit." };
  server.routes.set("GET /history", () => ({ status: 400, body: { error } }));
  await open("search=%3F");
  expect((await screen.findByRole("alert")).textContent).toContain("A search needs a letter or a digit.");
});

test.each(["", "search=a+b&company=acme&customer=leo&status=CHAT_STATUS_WAITING&type=CHAT_TYPE_PUSH&from=2026-03-01&until=2026-03-02&pages=3"])(
  "an address leads to its filters and back: %s",
  (query) => {
    expect(queryOf(addressOf(query))).toBe(query);
  },
);

test.each(["pages=0", "pages=21", "status=nonsense", "status=toString", "type=x", "from=today", "until=2026-13-40", "until=2026-02-31", "unknown=1"])("an address with wrong values has the defaults instead: %s", (query) => {
  expect(addressOf(query)).toEqual(BLANK);
});
