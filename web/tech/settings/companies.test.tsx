import { screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";

import { AVA } from "../../wire/testing/fake_server";
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
  server.routes.set("GET /start", () => ({ status: 200, body: { me: { person: { ...AVA, role: "ROLE_ADMIN" } }, cards: [], alerts: [], missing: [] } }));
  server.routes.set("GET /settings/chat", () => ({ status: 200, body: { settings: {}, version: 0 } }));
  server.routes.set("GET /places", () => ({ status: 200, body: { boards: BOARDS, companies: [ACME, GLOBEX] } }));
  server.routes.set("PUT /directory", (body) => (written.push(body.entry as object), { status: 200, body: {} }));
});

const section = async (name: string) => within(await screen.findByRole("region", { name }));
const save = () => userEvent.click(screen.getByRole("button", { name: "Save" }));

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
