import { act, fireEvent, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { DeskFigures, SessionCard } from "../../wire/index.ts";
import { AVA, MIA } from "../../wire/testing/fake_server";
import { go, route } from "../router";
import { joined, ready, SAM, server, tech, withTech } from "../testing/page";
import { stepOf } from "./chart";
import { csvOf } from "./csv";
import { rowsOf } from "./engineers";
import { hoursOf } from "./figures_view";
import { queryFrom, todayIn } from "./supervisor_address";

withTech();

const FIGURES: DeskFigures = {
  date: "2026-03-02",
  zone: "Pacific/Auckland",
  total: { opened: 5, answered: 3, abandoned: 1, waiting: 1, overPromise: 2, waitMedianSeconds: 42, waitP90Seconds: 75, durationMedianSeconds: 600, solved: 2, notSolved: 1 },
  hours: [
    { start: "2026-03-01T20:00:00Z", figures: { opened: 4, answered: 3, abandoned: 1, waitMedianSeconds: 42, waitP90Seconds: 75 } },
    { start: "2026-03-01T22:00:00Z", figures: { opened: 1, waiting: 1 } },
  ],
  companies: [{ companyId: "acme", figures: { opened: 5, answered: 3, solved: 2, notSolved: 1 } }],
  boards: [{ boardId: "b1", figures: { opened: 5, answered: 3, notSolved: 1 } }],
  cells: [{ start: "2026-03-01T20:00:00Z", companyId: "acme", boardId: "b1", figures: { opened: 4, answered: 3, waitMedianSeconds: 0, solved: 2 } }],
  callbacksOpen: 2,
  callbacksLate: 1,
  promiseWait: 60,
};
let role = "";
let asked: string[] = [];
let settings: object = { promiseWait: 60 };

beforeEach(() => {
  asked = [];
  settings = { promiseWait: 60 };
  role = "ROLE_SUPERVISOR";
  server.routes.set("GET /start", () => ({ status: 200, body: { me: { signInId: server.signIn, person: { ...AVA, role } }, cards: server.cards(), serverTime: new Date().toISOString() } }));
  server.routes.set("GET /figures", (_, url) => {
    asked.push(url.search);
    return { status: 200, body: FIGURES };
  });
  server.routes.set("GET /settings/chat", () => ({ status: 200, body: { settings } }));
  server.routes.set("GET /places", () => ({ status: 200, body: { boards: [{ id: "b1", name: "Service desk" }], companies: [{ id: "acme", name: "Acme Ltd" }] } }));
});

afterEach(() => {
  vi.useRealTimers();
  history.replaceState(null, "", "/tech/tickets");
});

async function opened(): Promise<void> {
  tech();
  await ready();
  act(() => go({ page: "supervisor" }));
  await screen.findByRole("heading", { level: 1, name: "Supervisor" });
}

/** The part with the figures of the day, once they are loaded. */
async function figuresShown(): Promise<HTMLElement> {
  const day = await screen.findByRole("region", { name: "Figures of the day" });
  await within(day).findByText("Requests");
  return day;
}

test("a supervisor sees the figures of the day by hour, company and board", async () => {
  // spec 13.4
  await opened();
  const day = await figuresShown();
  const tile = (name: string, part = day): string => within(part).getByText(name).parentElement!.querySelector("dd")!.textContent ?? "";
  expect([tile("Requests"), tile("Answered"), tile("Abandoned"), tile("Median wait"), tile("Median duration")]).toEqual(["5", "3", "1", "0:42", "10:00"]);
  expect(tile("Open call-backs", screen.getByRole("region", { name: "Now" }))).toBe("20 due, 1 late");
  expect(within(day).getByRole("heading", { level: 2 }).textContent).toBe("Monday, March 2, 2026");
  expect(await screen.findByRole("img", { name: /^Requests by hour, 09:00 to 11:00|^Requests by hour, 09:00 AM to 11:00 AM/ })).toBeTruthy();
  expect(await within((await screen.findAllByRole("region", { name: "By company" }))[0]!).findByText("Acme Ltd")).toBeTruthy();
  expect(await within((await screen.findAllByRole("region", { name: "By board" }))[0]!).findByText("Service desk")).toBeTruthy();
});

test("the customers' answers are in the tiles and in the tables by company and board", async () => {
  // spec 4.15
  await opened();
  const day = await figuresShown();
  const tile = (name: string): string => within(day).getByText(name).parentElement!.querySelector("dd")!.textContent ?? "";
  expect([tile("Solved"), tile("Not solved")]).toEqual(["2", "1"]);
  await screen.findByRole("region", { name: "By board" });
  const cells = (part: string): (string | null)[] => {
    const table = within(screen.getAllByRole("group", { name: part })[0]!);
    const names = table.getAllByRole("columnheader").map(({ textContent }) => textContent);
    const values = table.getAllByRole("cell").map(({ textContent }) => textContent);
    // The first column has the row's name, which is no cell.
    return ["Solved", "Not solved"].map((name) => values[names.indexOf(name) - 1] ?? null);
  };
  expect([cells("By company"), cells("By board")]).toEqual([["2", "1"], ["0", "1"]]);
});

test("the page asks for one company, board and day, and shows only their waiting chats", async () => {
  // spec 13.4
  server.open("s1");
  await opened();
  const waiting = await screen.findByRole("region", { name: "Waiting chats" });
  expect(within(waiting).getByRole("button", { name: "Join Printer is on fire" })).toBeTruthy();
  await screen.findByRole("option", { name: "Acme Ltd" });
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "Company" }), "acme");
  await waitFor(() => expect(asked.at(-1)).toBe("?company=acme"));
  expect(within(waiting).getByText("Nobody is waiting")).toBeTruthy();
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "Board" }), "b1");
  await waitFor(() => expect(asked.at(-1)).toBe("?company=acme&board=b1"));
});

test("company, board and day are in the address, and Back leads to those before", async () => {
  // spec 13.4
  await opened();
  await screen.findByRole("option", { name: "Acme Ltd" });
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "Company" }), "acme");
  fireEvent.change(await screen.findByLabelText("Day"), { target: { value: "2026-03-01" } });
  expect(location.search).toBe("?company=acme&date=2026-03-01");
  await waitFor(() => expect(asked.at(-1)).toBe("?company=acme&date=2026-03-01"));
  await userEvent.click(screen.getByRole("button", { name: "Show today" }));
  expect(location.search).toBe("?company=acme");
  act(() => history.back());
  await waitFor(() => expect(screen.getByLabelText<HTMLInputElement>("Day").value).toBe("2026-03-01"));
  expect(queryFrom("company=acme&date=yesterday&page=2")).toEqual({ company: "acme" });
});

test.each(["2099-01-01", "2026-02-31", "0001-01-01", "2026-1-1"])("a future or impossible day in the address is today: %s", async (date) => {
  // spec 13.4
  expect(queryFrom(`board=b1&date=${date}`)).toEqual({ board: "b1" });
  tech();
  await ready();
  act(() => go({ page: "supervisor", query: `date=${date}` }));
  await figuresShown();
  expect(screen.getByLabelText<HTMLInputElement>("Day").value).toBe("2026-03-02");
  expect(asked).toEqual([""]);
});

test("a future day that is chosen is today, and a year that is being typed is no day yet", async () => {
  // spec 13.4
  await opened();
  await figuresShown();
  const box = screen.getByLabelText<HTMLInputElement>("Day");
  expect(box.max).toBe(todayIn("Pacific/Auckland"));
  fireEvent.change(box, { target: { value: "2026-03-01" } });
  await waitFor(() => expect(asked.at(-1)).toBe("?date=2026-03-01"));
  fireEvent.change(box, { target: { value: "0020-03-01" } });
  expect([location.search, box.value]).toEqual(["?date=2026-03-01", "0020-03-01"]);
  fireEvent.blur(box);
  expect(box.value).toBe("2026-03-01");
  fireEvent.change(box, { target: { value: "2099-01-01" } });
  expect(location.search).toBe("");
  await waitFor(() => expect(box.value).toBe("2026-03-02"));
  expect(asked.at(-1)).toBe("");
});

test("figures of another day or company are not shown while those that are asked for cannot be loaded", async () => {
  // spec 13.4
  const working = server.routes.get("GET /figures")!;
  await opened();
  await figuresShown();
  await screen.findByRole("option", { name: "Acme Ltd" });
  const button = screen.getByRole("button", { name: "Download CSV" });
  await waitFor(() => expect(button.getAttribute("aria-disabled")).toBeNull());
  let fail: (answer: { status: number; body: object }) => void = () => undefined;
  server.routes.set("GET /figures", (_, url) => {
    asked.push(url.search);
    return new Promise((resolve) => (fail = resolve));
  });
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "Company" }), "acme");
  const shown = () => ["Requests", "Open call-backs", "Requests by hour"].filter((text) => screen.queryAllByText(text).length > 0);
  await screen.findByLabelText("Loading the figures");
  await waitFor(() => expect(asked.at(-1)).toBe("?company=acme"));
  expect([shown(), button.getAttribute("aria-disabled")]).toEqual([[], "true"]);
  fail({ status: 400, body: { error: { kind: "invalid_argument", message: "No." } } });
  await screen.findByText("The figures could not be loaded");
  expect([shown(), button.getAttribute("aria-disabled")]).toEqual([[], "true"]);

  // The day can be chosen while nothing is shown.
  server.routes.set("GET /figures", working);
  fireEvent.change(screen.getByLabelText("Day"), { target: { value: "2026-03-01" } });
  await figuresShown();
  expect(asked.at(-1)).toBe("?company=acme&date=2026-03-01");
});

test("the file waits for the names of companies and boards", async () => {
  // spec 13.4
  let found: (answer: { status: number; body: object }) => void = () => undefined;
  server.routes.set("GET /places", () => new Promise((resolve) => (found = resolve)));
  await opened();
  await figuresShown();
  const button = screen.getByRole("button", { name: "Download CSV" });
  expect(button.getAttribute("aria-disabled")).toBe("true");
  expect(screen.queryByRole("region", { name: "By company" })).toBeNull();
  found({ status: 200, body: { boards: [{ id: "b1", name: "Service desk" }], companies: [{ id: "acme", name: "Acme Ltd" }] } });
  await waitFor(() => expect(button.getAttribute("aria-disabled")).toBeNull());
  expect(within(screen.getAllByRole("region", { name: "By company" })[0]!).getByText("Acme Ltd")).toBeTruthy();
});

test("the figures are loaded every 10 s while the page is visible", async () => {
  // spec 13.4
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  await opened();
  await waitFor(() => expect(asked.length).toBe(1));
  act(() => void vi.advanceTimersByTime(10_000));
  await waitFor(() => expect(asked.length).toBe(2));
  const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
  act(() => void vi.advanceTimersByTime(60_000));
  hidden.mockReturnValue(false);
  act(() => void document.dispatchEvent(new Event("visibilitychange")));
  await waitFor(() => expect(asked.length).toBe(3));
  hidden.mockRestore();
});

test("figures that cannot be loaded can be tried again", async () => {
  server.routes.set("GET /figures", () => ({ status: 400, body: { error: { kind: "invalid_argument", message: "No." } } }));
  await opened();
  const problem = await screen.findByRole("alert");
  expect(problem.textContent).toContain("The figures could not be loaded");
  server.routes.set("GET /figures", () => ({ status: 200, body: FIGURES }));
  await userEvent.click(within(problem).getByRole("button", { name: "Try again" }));
  expect(await figuresShown()).toBeTruthy();
});

test("for an engineer without the role there is no such page", async () => {
  // spec 13.4
  role = "ROLE_ENGINEER";
  tech();
  await ready();
  act(() => go({ page: "supervisor" }));
  expect(await screen.findByText("There is no page at this address. Showing tickets instead.")).toBeTruthy();
  expect(route.value.page).toBe("tickets");
  expect(screen.queryByRole("link", { name: /^Supervisor/ })).toBeNull();
  expect(asked).toEqual([]);
});

test("a wait beyond the promise is marked, counted on the link and alerts once", async () => {
  // spec 13.7
  settings = { promiseWait: 1 };
  server.open("s1");
  tech();
  await ready();
  expect(await screen.findByRole("link", { name: /^Supervisor ?, 1 late$/ })).toBeTruthy();
  expect(screen.getAllByText("1 chat waits longer than promised")).toHaveLength(1);
  await userEvent.click(screen.getByRole("button", { name: "Show" }));
  const waiting = await screen.findByRole("region", { name: "Waiting chats" });
  expect(within(waiting).getByText(/Longer than promised/)).toBeTruthy();
  expect(within(waiting).getByText("Promised: at most 0:01")).toBeTruthy();
  act(() => joined("s1", SAM));
  expect(await screen.findByRole("link", { name: "Supervisor" })).toBeTruthy();
  expect(await within(screen.getByRole("region", { name: "Engineers" })).findByText("1 chat")).toBeTruthy();
});

test("engineers with most chats come first, then the more present", () => {
  // spec 13.4
  const handled: SessionCard = { status: "CHAT_STATUS_HANDLED", participants: [MIA, SAM] };
  const rows = rowsOf([AVA, SAM, { id: "bo", name: "Bo" }, { id: "old", name: "Old", disabled: true }], [handled, { ...handled, status: "CHAT_STATUS_COMPLETED" }], (id) => (id === "bo" ? "online" : "away"));
  expect(rows.map(({ person, chats }) => [person.id, chats])).toEqual([["sam", 1], ["bo", 0], ["ava", 0]]);
});

test("hours without requests are in between, and the axis has few round lines", () => {
  // spec 13.4
  expect(hoursOf(FIGURES).map(({ figures }) => figures.opened ?? 0)).toEqual([4, 0, 1]);
  expect([1, 4, 5, 17, 200, 300, 7_200].map(stepOf)).toEqual([1, 1, 2, 5, 60, 120, 1800]);
});

test("the CSV quotes names and runs no formula", () => {
  // spec 13.4
  const [head, row, end] = csvOf(FIGURES, () => '=SUM("A1")', () => "Desk, second").split("\r\n");
  expect(head).toMatch(/^date,hour,company,board,requests,.*,solved,not solved$/);
  expect(row).toBe('2026-03-02,2026-03-01T20:00:00Z,"\'=SUM(""A1"")","Desk, second",4,3,0,0,0,0,0,,,,,2,0');
  expect(end).toBe("");
});
