import { act, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test } from "vitest";

import { ADMIN } from "../../wire/testing/fake_server";
import { dayAfter, startOf } from "../days";
import { go } from "../router";
import { ready, SAM, server, tech, withTech } from "../testing/page";
import { addressOf } from "./audit_address";

withTech();

const ENTRY = {
  id: "e1", at: "2026-03-02T09:00:00Z", kind: "AUDIT_KIND_ACCESS", action: "AUDIT_ACTION_CHANGED", byId: "ava", byName: "Ava Chen",
  subject: "AUDIT_SUBJECT_PERSON", subjectId: "sam", subjectName: "Sam Okafor", changes: [],
} as const;
let entries: object[];
let asked: URLSearchParams[] = [];

beforeEach(() => {
  asked = [];
  entries = [ENTRY];
  server.routes.set("GET /start", () => ({ status: 200, body: { me: { person: ADMIN }, cards: [], alerts: [], missing: [] } }));
  server.routes.set("GET /places", () => ({ status: 200, body: { boards: [], companies: [{ id: "acme", name: "Acme Ltd" }] } }));
  server.routes.set("GET /audit", (_, url) => {
    asked.push(url.searchParams);
    const page = url.searchParams.get("page");
    return { status: 200, body: { entries: page ? [{ ...ENTRY, id: page }] : entries, nextPageToken: page ? "" : "older" } };
  });
});

afterEach(() => history.replaceState(null, "", "/tech/tickets"));

async function opened() {
  tech();
  await ready();
  go({ page: "audit" });
  await screen.findByRole("heading", { level: 1, name: "Audit log" });
}

const list = () => screen.findByRole("list", { name: "Entries" });
const lastAsked = () => Object.fromEntries(asked.at(-1) ?? []);

test.each([
  [{}, "Ava Chen changed the person Sam Okafor"],
  [{ action: "AUDIT_ACTION_CREATED", subject: "AUDIT_SUBJECT_COMPANY", subjectName: "Acme Ltd" }, "Ava Chen added the company Acme Ltd"],
  [{ action: "AUDIT_ACTION_SIGNED_IN", byId: "mia", byName: "Mia Torres", address: "192.0.2.1" }, "Mia Torres signed in from 192.0.2.1"],
  [{ action: "AUDIT_ACTION_SIGNED_OUT", byId: "sam", byName: "Sam Okafor" }, "Sam Okafor signed out"],
  [{ action: "AUDIT_ACTION_SIGNED_OUT" }, "Ava Chen ended a sign-in of Sam Okafor"],
  [{ action: "AUDIT_ACTION_ENDED", reason: "Laptop lost" }, "Ava Chen ended the connections of Sam Okafor Reason: Laptop lost"],
  [{ subject: "AUDIT_SUBJECT_SETTINGS", subjectId: "presence", subjectName: "" }, "Ava Chen changed the presence settings"],
  [{ action: "AUDIT_ACTION_DELETED", subject: "AUDIT_SUBJECT_SETTINGS", subjectId: "canned_replies", subjectName: "" }, "Ava Chen deleted a canned reply of the desk"],
  [{ action: "AUDIT_ACTION_EXPORTED", subject: "AUDIT_SUBJECT_AUDIT_LOG", subjectId: "harbour" }, "Ava Chen exported the audit log"],
  [{ byName: "", byId: "crm", subjectName: "", subjectId: "gone" }, "crm changed the person gone"],
])("an entry is a sentence: %o", async (change, sentence) => {
  // spec 10.5
  entries = [{ ...ENTRY, ...change }];
  await opened();
  expect((await within(await list()).findByRole("listitem")).textContent).toContain(sentence);
});

test("a change shows both values, with the names of companies, and personal fields without a value", async () => {
  // spec 10.5
  const changes = [{ field: "role", before: "engineer", after: "admin" }, { field: "companies", before: "acme", after: "all" }, { field: "email" }];
  entries = [{ ...ENTRY, changes }];
  await opened();
  const items = within(await list());
  await waitFor(() => expect(items.getByText("Acme Ltd")).toBeTruthy());
  const texts = items.getAllByRole("listitem").slice(1).map((item) => item.textContent?.replaceAll(/ +/g, " "));
  expect(texts).toEqual(["Role: engineer → to admin", "Companies: Acme Ltd → to all", "Email changed"]);
});

test("fields and values of the program are words, and what people wrote stays", async () => {
  // spec 10.5, 13.6
  const changes = [
    { field: "waiting_gone_after", before: "300", after: "60" },
    { field: "join_policy", before: "open", after: "single_then_invite" },
    { field: "call_back", before: "true", after: "false" },
    { field: "companies.acme", before: "", after: "false" },
    { field: "title", before: "open", after: "all" },
  ];
  entries = [{ ...ENTRY, subject: "AUDIT_SUBJECT_SETTINGS", subjectId: "chat", changes }];
  await opened();
  const items = within(await list());
  await waitFor(() => expect(items.getByText(/Chat of Acme Ltd/)).toBeTruthy());
  const texts = items.getAllByRole("listitem").slice(1).map((item) => item.textContent?.replaceAll(/ +/g, " "));
  expect(texts).toEqual([
    "When a waiting chat is abandoned: 300 → to 60",
    "Who can join: every engineer with access → to only by invitation",
    "Call-backs: yes → to no",
    "Chat of Acme Ltd: none → to no",
    "Title: open → to all",
  ]);
});

test("filters and older pages are asked of the server, and the file has the same filters", async () => {
  // spec 10.5
  server.routes.set("GET /people", () => ({ status: 200, body: { people: [SAM] } }));
  await opened();
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "Kind" }), "People and access");
  await waitFor(() => expect(lastAsked()).toEqual({ kind: "AUDIT_KIND_ACCESS" }));
  await userEvent.type(screen.getByRole("searchbox", { name: "Person" }), "sam");
  await userEvent.click(await screen.findByRole("button", { name: "Sam Okafor" }));
  await waitFor(() => expect(lastAsked()).toEqual({ kind: "AUDIT_KIND_ACCESS", person: "sam" }));
  expect(screen.getByRole("link", { name: "Export CSV" }).getAttribute("href")).toBe("/tech/api/audit/file?kind=AUDIT_KIND_ACCESS&person=sam&format=csv");

  await userEvent.click(await screen.findByRole("button", { name: "Show older entries" }));
  await waitFor(() => expect(lastAsked().page).toBe("older"));
  await waitFor(async () => expect(within(await list()).getAllByRole("listitem")).toHaveLength(2));
  expect(screen.queryByRole("button", { name: "Show older entries" })).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: /^Show the entries of anyone/ }));
  await waitFor(() => expect(lastAsked()).toEqual({ kind: "AUDIT_KIND_ACCESS" }));
});

test("the filters are in the address, and a reload has them", async () => {
  server.routes.set("GET /people/sam", () => ({ status: 200, body: { person: SAM } }));
  tech();
  await ready();
  act(() => go({ page: "audit", query: "kind=AUDIT_KIND_ACCESS&person=sam&from=2026-03-02&until=soon" }));
  expect(await screen.findByRole("button", { name: "Show the entries of anyone, not only of Sam Okafor" })).toBeTruthy();
  expect(lastAsked()).toEqual({ kind: "AUDIT_KIND_ACCESS", person: "sam", since: startOf("2026-03-02") });
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "Kind" }), "Sign-ins");
  expect(location.search).toBe("?kind=AUDIT_KIND_SIGN_IN&person=sam&from=2026-03-02");
  act(() => go({ page: "audit" }));
  await waitFor(() => expect(lastAsked()).toEqual({}));
});

test("J and K, or the arrows, move from entry to entry, and older ones take the focus", async () => {
  entries = ["e1", "e2", "e3"].map((id) => ({ ...ENTRY, id }));
  await opened();
  const items = () => within(screen.getByRole("list", { name: "Entries" })).getAllByRole("listitem");
  await list();
  act(() => items()[0]!.focus());
  await userEvent.keyboard("j{ArrowDown}{ArrowDown}");
  expect(document.activeElement).toBe(items()[2]);
  await userEvent.keyboard("k");
  expect(items().map(({ tabIndex }) => tabIndex)).toEqual([-1, 0, -1]);
  await userEvent.click(screen.getByRole("button", { name: "Show older entries" }));
  await waitFor(() => expect(document.activeElement).toBe(items()[3]));
});

test("a log that cannot be loaded says so and is fetched again, and an empty one says that nothing fits", async () => {
  const working = server.routes.get("GET /audit")!;
  server.routes.set("GET /audit", () => ({ status: 403, body: { error: { kind: "permission_denied", code: "not_allowed", message: "No" } } }));
  await opened();
  await screen.findByText("The audit log could not be loaded");
  entries = [];
  server.routes.set("GET /audit", working);
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  await screen.findByText(/^Nothing in this desk fits these filters/);
});

test.each([
  { role: "ROLE_SUPERVISOR" },
  { role: "ROLE_ADMIN", access: { companyIds: ["acme"], allBoards: true } },
  { role: "ROLE_ADMIN", access: { allCompanies: true, boardIds: ["b1"] } },
])("only admins of the whole desk see the log: %o", async (person) => {
  // spec 10.2
  server.routes.set("GET /start", () => ({ status: 200, body: { me: { person: { ...ADMIN, ...person } }, cards: [], alerts: [], missing: [] } }));
  await opened();
  await screen.findByText("Only admins with access to the whole desk can see the audit log");
  expect(asked).toEqual([]);
});

test.each(["from=nonsense", "until=2026-02-31", "from=2026-13-01", "until=2026-3-1", "kind=toString"])("an address with wrong values has no filter instead: %s", (query) => {
  expect(addressOf(query)).toEqual({ kind: "", person: "", from: "", until: "" });
});

test("a day of a filter is the reader's own day, and an incomplete one is no filter", () => {
  expect(startOf("2026-03-02")).toBe(new Date(2026, 2, 2).toISOString());
  expect(dayAfter("2026-03-31")).toBe(new Date(2026, 3, 1).toISOString());
  expect([startOf(""), startOf("0020-01-01"), dayAfter("")]).toEqual([undefined, undefined, undefined]);
});
