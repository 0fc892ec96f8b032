import { screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";

import { ADMIN } from "../../wire/testing/fake_server";
import { go } from "../router";
import { server, tech, withTech } from "../testing/page";

withTech();

const BOARDS = [{ id: "b1", deskId: "harbour", name: "Service desk" }];
const ACME = { id: "acme", deskId: "harbour", name: "Acme Ltd", defaultBoardId: "b1" };
const GLOBEX = { id: "globex", deskId: "harbour", name: "Globex", defaultBoardId: "b1", sharedTickets: true };
let written: object[] = [];

beforeEach(() => {
  go({ page: "settings" });
  written = [];
  server.routes.set("GET /start", () => ({ status: 200, body: { me: { person: ADMIN }, cards: [], alerts: [], missing: [] } }));
  server.routes.set("GET /settings/chat", () => ({ status: 200, body: { settings: {}, version: 0 } }));
  server.routes.set("GET /places", () => ({ status: 200, body: { boards: BOARDS, companies: [ACME, GLOBEX] } }));
  server.routes.set("PUT /directory", (body) => (written.push(body.entry as object), { status: 200, body: {} }));
});

const section = async (name: string) => within(await screen.findByRole("region", { name }));
const save = () => userEvent.click(screen.getByRole("button", { name: "Save" }));
const plain = (text: string | null) => (text ?? "").replaceAll(/[\u2068\u2069]/g, "");

test("a new company or board takes the focus, and can be taken away until it is saved", async () => {
  // spec 2.10
  tech();
  for (const [part, one] of [["Companies", "company"], ["Boards", "board"]] as const) {
    const { findByRole, getByRole, getAllByRole, queryByRole } = await section(part);
    await userEvent.click(await findByRole("button", { name: `Add a ${one}` }));
    const box = one === "company" ? getByRole("textbox", { name: "Name of the new company" }) : getAllByRole("textbox").at(-1);
    expect(document.activeElement).toBe(box);
    await userEvent.click(getByRole("button", { name: `Remove the new ${one}` }));
    expect(document.activeElement).toBe(getByRole("button", { name: `Add a ${one}` }));
    expect(queryByRole("button", { name: /^Remove/ })).toBeNull();
  }
  expect(screen.getByText("All changes saved")).toBeTruthy();
});

test("a company that has the name of another is refused at its box until one of them has another name", async () => {
  // spec 2.10
  tech();
  const { findByRole, getByRole, queryByText, getByText } = await section("Companies");
  await userEvent.click(await findByRole("button", { name: "Add a company" }));
  const box = getByRole("textbox", { name: "Name of the new company" });
  await userEvent.type(box, " acme  ltd");
  expect(getByText("Another company has this name")).toBeTruthy();
  await save();
  await waitFor(() => expect(document.activeElement).toBe(box));
  expect(written).toEqual([]);
  await userEvent.type(getByRole("textbox", { name: "Name of Acme Ltd" }), " (old)");
  expect(queryByText("Another company has this name")).toBeNull();
  await save();
  await waitFor(() => expect(written).toHaveLength(2));
});

test("a name that somebody else has given meanwhile is refused at its box", async () => {
  // spec 2.10
  const error = { kind: "already_exists", code: "name_taken", field: "entry.company.name", message: "Another company has this name." };
  server.routes.set("PUT /directory", () => ({ status: 409, body: { error } }));
  tech();
  const { findByRole, findByText } = await section("Companies");
  const box = await findByRole("textbox", { name: "Name of Globex" });
  await userEvent.type(box, " Ltd");
  await save();
  await findByText("Another company has this name.");
  await waitFor(() => expect(document.activeElement).toBe(box));
});

test("customers of a company see each other's tickets while the switch of the company is on", async () => {
  // spec 9.4
  tech();
  const { findByRole, getByRole } = await section("Companies");
  const acme = await findByRole<HTMLInputElement>("switch", { name: "Customers of Acme Ltd see each other's tickets" });
  const globex = getByRole<HTMLInputElement>("switch", { name: "Customers of Globex see each other's tickets" });
  expect([acme.checked, globex.checked]).toEqual([false, true]);
  await userEvent.click(acme);
  await userEvent.click(acme);
  expect(screen.getByText("All changes saved")).toBeTruthy();
  await userEvent.click(acme);
  await userEvent.click(globex);
  await save();
  await waitFor(() => expect(written).toEqual([{ company: { ...ACME, sharedTickets: true } }, { company: { ...GLOBEX, sharedTickets: undefined } }]));
});

/** A desk on which a put is refused unless it names the company's revision, as the directory does. */
function shared(company: object, taken = 0): { now: object; colleague: (change: object) => void } {
  const desk = { now: company, revision: 1, colleague: (change: object) => void ((desk.now = { ...desk.now, ...change }), desk.revision++) };
  server.routes.set("GET /places", () => ({ status: 200, body: { boards: BOARDS, companies: [desk.now], revisions: { "board:b1": 1, "company:acme": desk.revision } } }));
  server.routes.set("PUT /directory", ({ entry, ifRevision }) => {
    // A colleague saves between the load and the save of this page.
    if (taken-- > 0) desk.colleague({ sharedTickets: true });
    if (ifRevision !== desk.revision) return { status: 409, body: { error: { kind: "aborted", code: "changed_meanwhile", field: "if_revision", message: "changed" } } };
    desk.colleague((entry as { company: object }).company);
    return { status: 200, body: {} };
  });
  return desk;
}

async function rename(to: string): Promise<void> {
  const box = await screen.findByRole("textbox", { name: /^Name of (Acme|Globex)/ });
  await userEvent.clear(box);
  await userEvent.type(box, to);
}

test("two admins who rename the same company see both names, and the one who decides overwrites nothing else", async () => {
  // spec 2.10
  const desk = shared(ACME);
  tech();
  await rename("Acme Co");
  desk.colleague({ name: "Acme Inc", sharedTickets: true });
  await save();
  const conflict = await screen.findByText(/^Someone else changed this/);
  expect(plain(conflict.textContent)).toContain("name of Acme Ltd (theirs: Acme Inc, yours: Acme Co)");
  expect(desk.now).toMatchObject({ name: "Acme Inc" });
  await userEvent.click(screen.getByRole("button", { name: "Keep my changes" }));
  await save();
  await screen.findByText(/^Saved at/);
  expect(desk.now).toEqual({ ...ACME, name: "Acme Co", sharedTickets: true });
});

test("an admin can take the name that somebody else has given meanwhile", async () => {
  // spec 2.10
  const desk = shared(ACME);
  tech();
  await rename("Acme Co");
  desk.colleague({ name: "Acme Inc" });
  await save();
  await userEvent.click(await screen.findByRole("button", { name: "Show theirs" }));
  expect(await screen.findByRole("textbox", { name: "Name of Acme Inc" })).toBeTruthy();
  expect(screen.getByText("All changes saved")).toBeTruthy();
});

test("another field that somebody else saves at the same moment stays, without a question", async () => {
  // spec 2.10
  const desk = shared(ACME, 1);
  tech();
  await rename("Acme Co");
  await save();
  await screen.findByText(/^Saved at/);
  expect(desk.now).toEqual({ ...ACME, name: "Acme Co", sharedTickets: true });
});

test("what was saved before another entry was refused is no change of somebody else", async () => {
  // spec 2.10
  const stored = { boards: BOARDS, companies: [ACME] };
  const error = { kind: "already_exists", code: "name_taken", field: "entry.company.name", message: "Another company has this name." };
  server.routes.set("GET /places", () => ({ status: 200, body: stored }));
  server.routes.set("PUT /directory", ({ entry }) => {
    const { board, company } = entry as { board?: (typeof BOARDS)[0]; company?: typeof ACME };
    if (company?.name === "Globex") return { status: 409, body: { error } };
    if (board) stored.boards = [board];
    if (company) stored.companies = [company];
    return { status: 200, body: {} };
  });
  tech();
  await rename("Globex");
  const board = screen.getByRole("textbox", { name: "Name of board 1" });
  await userEvent.type(board, "s");
  await save();
  await screen.findByText("Another company has this name.");
  // The focus goes to the refused box.
  await waitFor(() => expect(document.activeElement?.getAttribute("aria-invalid")).toBe("true"));
  await userEvent.type(board, " of Harbour");
  await rename("Acme Co");
  await save();
  await screen.findByText(/^Saved at/);
  expect([stored.boards[0]?.name, stored.companies[0]?.name]).toEqual(["Service desks of Harbour", "Acme Co"]);
});

test("an archived company and its board are hidden until asked for, and come back with another board", async () => {
  // spec 2.10
  const old = { id: "b2", deskId: "harbour", name: "Old board", archived: true };
  const globex = { ...GLOBEX, defaultBoardId: "b2", archived: true };
  server.routes.set("GET /places", () => ({ status: 200, body: { boards: [...BOARDS, old], companies: [ACME, globex] } }));
  tech();
  const boards = await section("Boards");
  await userEvent.click(await boards.findByRole("button", { name: "Show 1 archived board" }));
  expect(boards.getByRole("button", { name: "Take Old board back from the archive" })).toBeTruthy();
  const { getByRole, queryByRole, getByText } = await section("Companies");
  expect(queryByRole("textbox", { name: "Name of Globex" })).toBeNull();
  await userEvent.click(getByRole("button", { name: "Show 1 archived company" }));
  expect(getByText("Archived")).toBeTruthy();
  const choices = (company: string) => [...getByRole<HTMLSelectElement>("combobox", { name: `Default board of ${company}` }).options].map(({ text }) => text);
  expect([choices("Acme Ltd"), choices("Globex")]).toEqual([["Service desk"], ["Service desk", "Old board (archived)"]]);
  await userEvent.click(getByRole("button", { name: "Take Globex back from the archive" }));
  await userEvent.selectOptions(getByRole("combobox", { name: "Default board of Globex" }), "Service desk");
  await save();
  await waitFor(() => expect(written).toEqual([{ company: { ...globex, defaultBoardId: "b1", archived: false } }]));
});

test("a board is archived after the companies that had it as default, and a second click leaves all as it was", async () => {
  // spec 2.10
  const network = { id: "b2", deskId: "harbour", name: "Network" };
  server.routes.set("GET /places", () => ({ status: 200, body: { boards: [...BOARDS, network], companies: [ACME] } }));
  tech();
  const boards = await section("Boards");
  await userEvent.click(await boards.findByRole("button", { name: "Archive Service desk" }));
  await userEvent.click(boards.getByRole("button", { name: "Take Service desk back from the archive" }));
  expect(screen.getByText("All changes saved")).toBeTruthy();
  await userEvent.click(boards.getByRole("button", { name: "Archive Service desk" }));
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "Default board of Acme Ltd" }), "Network");
  await save();
  await waitFor(() => expect(written).toEqual([{ company: { ...ACME, defaultBoardId: "b2" } }, { board: { ...BOARDS[0], archived: true } }]));
});

test("a board that is still a default is refused at its box, and what a colleague archives meanwhile stays", async () => {
  // spec 2.10
  const error = { kind: "failed_precondition", code: "default_board", field: "entry.board.archived", message: "This is the default board of a company. Choose another board there first." };
  const desk = shared(ACME);
  tech();
  const boards = await section("Boards");
  await rename("Acme Co");
  desk.colleague({ archived: true });
  await save();
  await screen.findByText(/^Saved at/);
  expect(desk.now).toEqual({ ...ACME, name: "Acme Co", archived: true });

  server.routes.set("PUT /directory", () => ({ status: 409, body: { error } }));
  await userEvent.click(boards.getByRole("button", { name: "Archive Service desk" }));
  await save();
  await boards.findByText(error.message);
  await userEvent.click(boards.getByRole("button", { name: "Take Service desk back from the archive" }));
  expect(boards.queryByText(error.message)).toBeNull();
});

test("a wrong name stays marked when the board is archived", async () => {
  // spec 2.10
  server.routes.set("GET /places", () => ({ status: 200, body: { boards: [...BOARDS, { id: "b2", deskId: "harbour", name: "Network" }], companies: [] } }));
  tech();
  const { findByRole, getByRole, getByText } = await section("Boards");
  await userEvent.clear(await findByRole("textbox", { name: "Name of board 2" }));
  await userEvent.click(getByRole("button", { name: /^Archive\s*$/ }));
  expect(getByText("Give the board a name")).toBeTruthy();
  await save();
  expect(written).toEqual([]);
});
