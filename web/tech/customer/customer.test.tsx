import { cleanup, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { AVA, MIA } from "../../wire/testing/fake_server";
import { go } from "../router";
import { TICKET, chat, inChat, joined, leave, ready, server, tech, withTech } from "../testing/page";

const PERSON = { id: "mia", name: "Mia Torres", phone: "+442079460101", email: "mia@acme.example", timeZone: "Asia/Tokyo" };
let asked: URLSearchParams[];

withTech();

beforeEach(() => {
  asked = [];
  server.routes.set("GET /people/mia", () => ({ status: 200, body: { person: PERSON } }));
  server.routes.set("GET /tickets", (_, url) => {
    asked.push(url.searchParams);
    const more = Array.from({ length: 5 }, (_, number) => ({ ...TICKET, id: `more${number}`, number: 20 + number, summary: `More ${number}` }));
    return { status: 200, body: { tickets: [TICKET, ...more], total: 9 } };
  });
  server.routes.set("GET /history", (_, url) => {
    asked.push(url.searchParams);
    const old = { sessionId: "old", title: "Keys are lost", status: "CHAT_STATUS_COMPLETED", openedAt: "2026-03-02T09:00:00Z" };
    // The first page of a search may be empty and be followed by another one (proto ListHistoryResponse).
    const isFirst = !url.searchParams.has("page");
    return { status: 200, body: isFirst ? { cards: server.cards(), nextPageToken: "2" } : { cards: [old] } };
  });
});

afterEach(() => void vi.restoreAllMocks());

async function opened() {
  const window = await inChat();
  await userEvent.click(window.getByRole("button", { name: "Customer details" }));
  return { window, panel: within(await window.findByRole("group", { name: "Customer" })) };
}

test("the panel beside a chat has contact, local time, open tickets and last chats", async () => {
  // spec 7.8
  const { panel } = await opened();
  expect((await panel.findByRole("link", { name: "Call +442079460101" })).getAttribute("href")).toBe("tel:+442079460101");
  expect(panel.getByRole("link", { name: "Write to mia@acme.example" }).getAttribute("href")).toBe("mailto:mia@acme.example");
  expect(panel.getByText(/^Local time .*\d\d:\d\d/)).toBeTruthy();
  expect((await panel.findByRole("heading", { name: "Open tickets 9" })).tagName).toBe("H3");
  expect(panel.getAllByRole("link", { name: /^Show ticket #\d+ / })).toHaveLength(5);
  const query = asked.find((one) => one.has("status"))!;
  expect([query.get("customer"), query.getAll("status").includes("TICKET_STATUS_CLOSED")]).toEqual(["mia", false]);
  expect((await panel.findByRole("link", { name: /Keys are lost/ })).getAttribute("href")).toBe("/tech/history/old");
  expect(panel.queryByRole("link", { name: /Printer is on fire/ })).toBeNull();
  expect(panel.getByRole("link", { name: "See all of the customer's tickets" }).getAttribute("href")).toBe("/tech/tickets?customer=mia");
  expect(panel.getByRole("link", { name: "See all of the customer's chats" }).getAttribute("href")).toBe("/tech/history?customer=mia");
});

test("a part that fails says so and loads again, and the others stay", async () => {
  // spec 7.8, 9.5
  const down = { status: 400, body: { error: { kind: "failed_precondition", code: "down", message: "no" } } };
  const routes = ["GET /people/mia", "GET /tickets", "GET /history"].map((key) => [key, server.routes.get(key)!] as const);
  for (const [key] of routes) server.routes.set(key, () => down);
  const { panel } = await opened();
  await waitFor(() => expect(panel.getAllByRole("button", { name: "Try again" })).toHaveLength(3));
  for (const [key, route] of routes) {
    server.routes.set(key, route);
    await userEvent.click(panel.getAllByRole("button", { name: "Try again" })[0]!);
    await waitFor(() => expect(panel.queryAllByRole("button", { name: "Try again" })).toHaveLength(2 - routes.findIndex((one) => one[0] === key)));
  }
  expect(panel.getByRole("link", { name: "Call +442079460101" })).toBeTruthy();
});

test("what is missing is named, also a customer whom the engineer may not see", async () => {
  // spec 7.8, 10.2
  server.routes.set("GET /people/mia", () => ({ status: 200, body: { person: { id: "mia", timeZone: "Mars/Olympus" } } }));
  server.routes.set("GET /tickets", () => ({ status: 200, body: {} }));
  server.routes.set("GET /history", () => ({ status: 200, body: { nextPageToken: "further" } }));
  const { window, panel } = await opened();
  for (const text of ["No phone number", "No email address", "Time zone unknown", "None", "None among the latest chats"]) await panel.findByText(text);
  await userEvent.click(window.getByRole("button", { name: "Customer details" }));
  server.routes.set("GET /people/mia", () => ({ status: 404, body: { error: { kind: "not_found", code: "person_not_found", message: "no" } } }));
  await userEvent.click(window.getByRole("button", { name: "Customer details" }));
  expect(await window.findByText("You have no access to this customer")).toBeTruthy();
});

test("the panel is beside one window, survives a reload, and stays closed once it was closed", async () => {
  // spec 7.8
  server.open("s2", MIA, "Second");
  joined("s2", AVA);
  const { window } = await opened();
  const second = within(await chat("Second"));
  await userEvent.click(second.getByRole("button", { name: "Customer details" }));
  await second.findByRole("group", { name: "Customer" });
  expect(window.queryByRole("group", { name: "Customer" })).toBeNull();
  const reload = async () => {
    cleanup();
    leave();
    tech();
    return within(await chat("Second"));
  };
  const reloaded = await reload();
  await reloaded.findByRole("group", { name: "Customer" });
  await userEvent.click(reloaded.getByRole("button", { name: "Customer details" }));
  const closed = await reload();
  expect(closed.getByRole("button", { name: "Customer details" }).getAttribute("aria-expanded")).toBe("false");
});

test("on a phone the details are in a sheet, and a page that is opened from it is seen", async () => {
  // spec 7.8
  vi.spyOn(window, "matchMedia").mockImplementation((media) => Object.assign(new EventTarget(), { matches: true, media }) as MediaQueryList);
  const at = await inChat();
  await userEvent.click(at.getByRole("button", { name: "Customer details" }));
  const sheet = within(await screen.findByRole("dialog", { name: "Customer" }));
  await userEvent.click(await sheet.findByRole("link", { name: /VPN drops/ }));
  expect(await screen.findByRole("heading", { name: "#7 VPN drops" })).toBeTruthy();
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(at.queryByRole("textbox", { name: "Message" })).toBeNull();
});

test("the page of a ticket has the customer's other tickets, and its title names the ticket", async () => {
  // spec 7.8
  tech();
  await ready();
  go({ page: "ticket", id: "t7" });
  const details = within(await screen.findByRole("complementary", { name: "Details" }));
  const customer = within(await screen.findByRole("complementary", { name: "Customer" }));
  expect(await customer.findByRole("heading", { name: "Other open tickets 8" })).toBeTruthy();
  expect(customer.queryByRole("link", { name: /VPN drops/ })).toBeNull();
  expect(await details.findByRole("link", { name: "Call +442079460101" })).toBeTruthy();
  await waitFor(() => expect(document.title).toBe("#7 VPN drops · Parley"));
  await userEvent.click(customer.getByRole("link", { name: "See all of the customer's tickets" }));
  await waitFor(() => expect(document.title).toBe("Tickets · Parley"));
  await waitFor(() => expect(asked.at(-1)?.get("customer")).toBe("mia"));
  await userEvent.click(await screen.findByRole("button", { name: "Show all customers" }));
  await waitFor(() => expect(asked.at(-1)?.has("customer")).toBe(false));
});
