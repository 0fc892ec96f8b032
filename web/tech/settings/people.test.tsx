import { act, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { DirectoryPerson } from "../../wire/index.ts";
import { ADMIN, AVA } from "../../wire/testing/fake_server";
import { go } from "../router";
import { server, tech, withTech } from "../testing/page";
import { formOf, missingIn, NEW_PERSON, personOf } from "./person_form";

const BO: DirectoryPerson = {
  ...{ id: "bo", deskId: "harbour", kind: "PERSON_KIND_ENGINEER", name: "Bo Lindqvist", email: "bo@harbour.example", role: "ROLE_ENGINEER" },
  ...{ access: { companyIds: ["acme"], allBoards: true }, trial: true },
};
const MIA = { id: "mia", deskId: "harbour", kind: "PERSON_KIND_CUSTOMER", name: "Mia Torres", companyId: "acme" } as const;
let written: Record<string, unknown>[];
let asked: URLSearchParams[];

withTech();

beforeEach(() => {
  [written, asked] = [[], []];
  // The list of all zones makes each search in a dialog slow.
  vi.spyOn(Intl, "supportedValuesOf").mockReturnValue(["Pacific/Auckland"]);
  go({ page: "settings" });
  const desk = { id: "harbour", name: "Harbour IT" };
  server.routes.set("GET /start", () => ({ status: 200, body: { me: { person: ADMIN, desk }, cards: [], alerts: [], missing: [] } }));
  for (const route of ["GET /settings/presence", "GET /webhooks", "GET /settings/alerts"]) server.routes.set(route, () => ({ status: 200, body: {} }));
  server.routes.set("GET /settings/chat", () => ({ status: 200, body: { settings: { companies: {}, customers: {} }, version: 0 } }));
  const companies = [{ id: "acme", name: "Acme Ltd" }, { id: "globex", name: "Globex" }];
  server.routes.set("GET /places", () => ({ status: 200, body: { boards: [{ id: "b1", name: "Service desk" }], companies } }));
  server.routes.set("GET /people", (_, url) => {
    asked.push(url.searchParams);
    const others = Array.from({ length: 8 }, (_, number) => ({ ...MIA, id: `c${number}`, name: `Customer ${number}` }));
    const isFirst = !url.searchParams.has("page");
    return { status: 200, body: { people: isFirst ? [BO, { ...MIA, disabled: true }, ...others] : [], nextPageToken: isFirst ? "more" : "" } };
  });
  server.routes.set("GET /people/bo", () => ({ status: 200, body: { person: BO, revision: 7 } }));
  server.routes.set("GET /people/ava", () => ({ status: 200, body: { person: { ...BO, id: "ava", name: "Ava Chen", role: "ROLE_ADMIN" }, revision: 2 } }));
  server.routes.set("PUT /directory", (body) => (written.push(body as Record<string, unknown>), { status: 200, body: {} }));
});

afterEach(() => void vi.restoreAllMocks());

async function opened(button: string | RegExp) {
  tech();
  await userEvent.click(await screen.findByRole("button", { name: button }));
  await screen.findByRole("textbox", { name: "Name" });
  return within(screen.getByRole("dialog"));
}

test("an engineer's role and access are changed on the revision that was read", async () => {
  // spec 2.10, 10.10
  const dialog = await opened("Change Bo Lindqvist");
  await userEvent.selectOptions(await dialog.findByRole("combobox", { name: "Role" }), "Supervisor");
  await userEvent.click(await dialog.findByRole("checkbox", { name: "Globex" }));
  await userEvent.click(dialog.getByRole("checkbox", { name: "Acme Ltd" }));
  await userEvent.click(dialog.getByRole("radio", { name: "Only these boards" }));
  expect(dialog.getByText(/^Nothing is chosen/)).toBeTruthy();
  await userEvent.click(dialog.getByRole("checkbox", { name: "Service desk" }));
  await userEvent.click(dialog.getByRole("button", { name: "Save changes" }));

  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  const access = { allCompanies: false, companyIds: ["globex"], allBoards: false, boardIds: ["b1"] };
  expect(written).toEqual([{ entry: { person: { ...BO, role: "ROLE_SUPERVISOR", phone: "", disabled: false, access } }, ifRevision: 7 }]);
});

test("a new customer needs a name and a company, and the phone is sent without blanks", async () => {
  // spec 10.10
  const dialog = await opened("Add a person");
  await userEvent.click(dialog.getByRole("radio", { name: "Customer" }));
  await userEvent.click(dialog.getByRole("button", { name: "Add" }));
  expect(dialog.getAllByRole("alert").map((alert) => alert.textContent)).toEqual(["Enter a name", "Choose a company"]);
  await userEvent.type(dialog.getByRole("textbox", { name: "Name" }), " Zoe  Adams ");
  await userEvent.type(dialog.getByRole("textbox", { name: "Phone" }), "+64 (4) 123-4567");
  await userEvent.selectOptions(dialog.getByRole("combobox", { name: "Company" }), "Globex");
  await userEvent.selectOptions(dialog.getByRole("combobox", { name: "Time zone" }), "Pacific/Auckland");
  await userEvent.click(dialog.getByRole("button", { name: "Add" }));

  await waitFor(() => expect(written).toHaveLength(1));
  const fields = { deskId: "harbour", kind: "PERSON_KIND_CUSTOMER", name: "Zoe Adams", phone: "+6441234567", companyId: "globex", timeZone: "Pacific/Auckland", trial: false, disabled: false };
  expect(written[0]).toEqual({ entry: { person: { id: expect.stringMatching(/^[0-9a-f-]{36}$/), email: "", ...fields } } });
});

test("the dialog says that a new person needs an address to sign in, and a changed one may be named otherwise", async () => {
  // spec 10.1
  const dialog = await opened("Add a person");
  const email = dialog.getByRole("textbox", { name: "Email" });
  const hint = dialog.getByText("Without it, they cannot sign in with the desk's provider");
  expect(email.getAttribute("aria-describedby")).toBe(hint.id);
  await userEvent.click(dialog.getByRole("button", { name: "Cancel" }));
  await userEvent.click(screen.getByRole("button", { name: "Change Bo Lindqvist" }));
  expect((await screen.findByRole("textbox", { name: "Email" })).getAttribute("aria-describedby")).toBeNull();
});

test("a phone number without its country is explained at the field, which gets the focus", async () => {
  // spec 10.10
  const refusal = { kind: "invalid_argument", code: "invalid_value", field: "entry.person.phone", message: "A phone number is stored as E.164." };
  server.routes.set("PUT /directory", () => ({ status: 400, body: { error: refusal } }));
  const dialog = await opened("Change Bo Lindqvist");
  const phone = dialog.getByRole("textbox", { name: "Phone" });
  await userEvent.type(phone, "12345");
  await userEvent.click(dialog.getByRole("button", { name: "Save changes" }));
  expect((await dialog.findByRole("alert")).textContent).toBe("Start with the country's code, such as +64 21 555 0100");
  await waitFor(() => expect(document.activeElement).toBe(phone));
});

test.each([
  ["entry.person.email", "invalid_argument", "invalid_value", "This is no e-mail address.", "This is no e-mail address."],
  ["entry.person.email", "already_exists", "email_taken", "taken", "Somebody has this address"],
  ["if_revision", "aborted", "changed_meanwhile", "changed", /^Somebody else changed this person meanwhile/],
  ["entry.person.role", "failed_precondition", "last_admin", "This is the last admin.", "This is the last admin."],
])("a refusal of %s is shown, and nothing is lost", async (field, kind, code, message, shown) => {
  server.routes.set("PUT /directory", () => ({ status: 409, body: { error: { kind, code, field, message } } }));
  const dialog = await opened("Change Bo Lindqvist");
  const name = await dialog.findByRole<HTMLInputElement>("textbox", { name: "Name" });
  await userEvent.type(name, " Jr");
  await userEvent.click(dialog.getByRole("button", { name: "Save changes" }));
  expect((await dialog.findByRole("alert")).textContent).toMatch(shown);
  expect(name.value).toBe("Bo Lindqvist Jr");
});

test("an admin cannot take the role from themselves or disable themselves", async () => {
  // spec 10.2
  server.routes.set("GET /people", () => ({ status: 200, body: { people: [{ ...AVA, kind: "PERSON_KIND_ENGINEER", role: "ROLE_ADMIN" }] } }));
  const dialog = await opened(/^Change Ava/);
  const role = await dialog.findByRole<HTMLSelectElement>("combobox", { name: "Role" });
  expect([role.disabled, role.value]).toEqual([true, "ROLE_ADMIN"]);
  expect(dialog.queryByRole("switch", { name: "Disabled" })).toBeNull();
});

test("a person is disabled, disabled people are marked, and the list is filtered by the server", async () => {
  // spec 10.10
  const dialog = await opened("Change Bo Lindqvist");
  await userEvent.click(await dialog.findByRole("switch", { name: "Disabled" }));
  await userEvent.click(dialog.getByRole("button", { name: "Save changes" }));
  await waitFor(() => expect(written).toMatchObject([{ entry: { person: { id: "bo", disabled: true } } }]));
  const [, mia] = within(screen.getByRole("list", { name: "People" })).getAllByRole("listitem");
  expect(mia?.textContent).toContain("Disabled");
  expect(within(mia!).queryByRole("button", { name: "End connections of Mia Torres" })).toBeNull();

  await userEvent.selectOptions(screen.getByRole("combobox", { name: "Show" }), "Customers");
  await waitFor(() => expect(asked.at(-1)?.get("kind")).toBe("PERSON_KIND_CUSTOMER"));
});

const pageOf = (from: number, count: number) => Array.from({ length: count }, (_, at) => ({ ...MIA, id: `p${from + at}`, name: `Person ${from + at}` }));

test("further people come page by page, and a change reads those that are shown anew", async () => {
  // spec 10.10
  const pages: Record<string, object> = {
    "10 ": { people: pageOf(0, 10), nextPageToken: "a" },
    // A person of the first page was renamed meanwhile.
    "50 a": { people: [...pageOf(9, 1), ...pageOf(10, 49)], nextPageToken: "b" },
    "50 b": { people: [BO] },
    "60 ": { people: [...pageOf(0, 59), BO] },
  };
  const sent: string[] = [];
  server.routes.set("GET /people", (_, { searchParams }) => {
    const key = `${searchParams.get("size")} ${searchParams.get("page") ?? ""}`;
    sent.push(key);
    return { status: 200, body: pages[key] ?? {} };
  });
  tech();
  const count = () => within(screen.getByRole("list", { name: "People" })).getAllByRole("listitem").length;
  await userEvent.click(await screen.findByRole("button", { name: "Show more people" }));
  await waitFor(() => expect(count()).toBe(59));
  await waitFor(() => expect(document.activeElement?.getAttribute("aria-label")).toBe("Change Person 10"));
  await userEvent.click(screen.getByRole("button", { name: "Show more people" }));
  await waitFor(() => expect(document.activeElement?.getAttribute("aria-label")).toBe("Change Bo Lindqvist"));
  expect(screen.queryByRole("button", { name: "Show more people" })).toBeNull();

  await userEvent.click(screen.getByRole("button", { name: "Change Bo Lindqvist" }));
  await userEvent.type(await screen.findByRole("textbox", { name: "Name" }), " Jr");
  await userEvent.click(screen.getByRole("button", { name: "Save changes" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await waitFor(() => expect(sent.at(-1)).toBe("60 "));
  expect(count()).toBe(60);
  expect(sent.filter((key) => key === "50 a")).toHaveLength(1);
});

test("a page that fails is told, and asked for again", async () => {
  let down = true;
  server.routes.set("GET /people", (_, { searchParams }) => {
    if (!searchParams.has("page")) return { status: 200, body: { people: pageOf(0, 10), nextPageToken: "a" } };
    return down ? { status: 503, body: {} } : { status: 200, body: { people: [MIA] } };
  });
  tech();
  await userEvent.click(await screen.findByRole("button", { name: "Show more people" }));
  const message = await screen.findByText("The people could not be loaded");
  down = false;
  await userEvent.click(within(message.closest("section")!).getByRole("button", { name: "Try again" }));
  await screen.findByRole("button", { name: "Change Mia Torres" });
});

test("a slow page takes no focus from what the person does meanwhile", async () => {
  let answerMore = (): void => undefined;
  const { fetch } = server;
  server.fetch = async (...call) => {
    if (String(call[0]).includes("page=a")) await new Promise<void>((resolve) => (answerMore = resolve));
    return fetch(...call);
  };
  server.routes.set("GET /people", (_, { searchParams }) =>
    searchParams.has("page") ? { status: 200, body: { people: [MIA] } } : { status: 200, body: { people: pageOf(0, 10), nextPageToken: "a" } },
  );
  tech();
  await userEvent.click(await screen.findByRole("button", { name: "Show more people" }));
  const search = screen.getByRole("searchbox", { name: "Find a person" });
  await userEvent.click(search);
  answerMore();
  await screen.findByRole("button", { name: "Change Mia Torres" });
  await act(async () => undefined);
  expect(document.activeElement).toBe(search);
});

test("another search asks for its first people only, and a failed page of the list before is not shown", async () => {
  server.routes.set("GET /people", (_, { searchParams }) => {
    asked.push(searchParams);
    const page = searchParams.get("page");
    if (page === "b") return { status: 503, body: {} };
    return { status: 200, body: page ? { people: pageOf(10, 50), nextPageToken: "b" } : { people: pageOf(0, 10), nextPageToken: "a" } };
  });
  tech();
  await userEvent.click(await screen.findByRole("button", { name: "Show more people" }));
  await screen.findByRole("button", { name: "Change Person 59" });
  await userEvent.click(screen.getByRole("button", { name: "Show more people" }));
  await screen.findByText("The people could not be loaded");
  await userEvent.type(screen.getByRole("searchbox", { name: "Find a person" }), "p");
  await waitFor(() => expect(asked.at(-1)?.get("search")).toBe("p"));
  expect(asked.at(-1)?.get("size")).toBe("10");
  await waitFor(() => expect(screen.queryByText("The people could not be loaded")).toBeNull());
});

test("the form keeps what it does not show, and the other side's fields are not sent", () => {
  const { timeZone } = personOf(formOf({ ...BO, timeZone: "Asia/Tokyo" }), { ...BO, timeZone: "Asia/Tokyo" }, "harbour");
  expect(timeZone).toBe("Asia/Tokyo");
  expect(personOf(formOf(BO), BO, "harbour")).toEqual({ ...BO, phone: "", disabled: false, access: { allCompanies: false, companyIds: ["acme"], allBoards: true, boardIds: [] } });
  const customer = personOf({ ...NEW_PERSON, side: "customer", name: "Zoe", companyId: "globex", role: "ROLE_ADMIN" }, null, "harbour");
  expect([customer.role, customer.access]).toEqual([undefined, undefined]);
  expect(missingIn({ ...NEW_PERSON, side: "customer" })).toEqual(["name", "companyId"]);
});

test("an admin ends a person's connections and gives a reason", async () => {
  // spec 1.15; the right-to-left name is isolated
  const NAME = "Mia \u05d3\u05e0\u05d4";
  let ended: unknown;
  server.routes.set("GET /people", (_, url) => {
    const people = [{ id: "mia", kind: "PERSON_KIND_CUSTOMER", name: NAME, companyId: "acme" }, { id: "ava", kind: "PERSON_KIND_ENGINEER", name: "Ava Chen", role: "ROLE_ADMIN" }];
    const search = url.searchParams.get("search") ?? "";
    return { status: 200, body: { people: people.filter(({ name }) => name.toLowerCase().includes(search)) } };
  });
  server.routes.set("POST /people/mia/end-connections", (body) => ((ended = body.reason), { status: 200, body: { connections: 2 } }));
  tech();
  const list = () => screen.findByRole("list", { name: "People" });
  await waitFor(async () => expect(within(await list()).getAllByRole("listitem")).toHaveLength(2));
  await userEvent.type(screen.getByRole("searchbox", { name: "Find a person" }), "mia");
  await waitFor(async () => expect(within(await list()).getAllByRole("listitem")).toHaveLength(1));
  server.publish({ t: "presence", presences: [{ personId: "mia", presence: "PRESENCE_AWAY", revision: 1 }] });
  expect((await list()).textContent).toContain("Acme Ltd");
  await waitFor(async () => expect((await list()).textContent).toContain("Away"));

  await userEvent.click(screen.getByRole("button", { name: `End connections of ${NAME}` }));
  const dialog = within(screen.getByRole("dialog", { name: `End connections of \u2068${NAME}\u2069?` }));
  await userEvent.click(dialog.getByRole("button", { name: "End connections" }));
  expect(dialog.getByRole("alert").textContent).toBe("Enter a reason");
  await userEvent.type(dialog.getByRole("textbox", { name: "Reason" }), "Left the company");
  await userEvent.click(dialog.getByRole("button", { name: "End connections" }));
  expect(await screen.findByText(`\u2068${NAME}\u2069 was disconnected (2 connections)`)).toBeTruthy();
  expect(ended).toBe("Left the company");
});
