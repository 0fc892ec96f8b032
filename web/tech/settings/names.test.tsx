import { screen, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";

import { ADMIN } from "../../wire/testing/fake_server";
import { go } from "../router";
import { server, tech, withTech } from "../testing/page";

withTech();

const SERVICE_DESK = { id: "b1", deskId: "harbour", name: "Service desk" };
const NETWORK = { id: "b2", deskId: "harbour", name: "Network" };

beforeEach(() => {
  go({ page: "settings" });
  server.routes.set("GET /start", () => ({ status: 200, body: { me: { person: ADMIN }, cards: [], alerts: [], missing: [] } }));
  server.routes.set("GET /settings/chat", () => ({ status: 200, body: { settings: {}, version: 0 } }));
});

const boards = async () => within(await screen.findByRole("region", { name: "Boards" }));
const save = () => userEvent.click(screen.getByRole("button", { name: "Save" }));

/** A desk that refuses a name that another board has, and an older revision, and relies on another board when one is archived, as the directory does. */
function withNames(stored: readonly Record<string, unknown>[]) {
  const desk = { boards: [...stored], revisions: Object.fromEntries(stored.map(({ id }) => [`board:${id}`, 1])) as Record<string, number> };
  server.routes.set("GET /places", () => ({ status: 200, body: { ...desk, companies: [] } }));
  server.routes.set("PUT /directory", ({ entry, ifRevision = 0 }) => {
    const { board } = entry as { board: Record<string, unknown> };
    const [key, others] = [`board:${board.id}`, desk.boards.filter(({ id }) => id !== board.id)];
    const refused = (kind: string, code: string, field: string) => ({ status: 409, body: { error: { kind, code, field, message: code } } });
    if (ifRevision !== (desk.revisions[key] ?? 0)) return refused("aborted", "changed_meanwhile", "if_revision");
    if (others.some(({ name }) => name === board.name)) return refused("already_exists", "name_taken", "entry.board.name");
    desk.boards = [...others, board].sort((one, other) => String(one.id).localeCompare(String(other.id)));
    const raised = [key, ...(board.archived ? [`board:${others.findLast(({ archived }) => !archived)?.id}`] : [])];
    for (const one of raised) desk.revisions = { ...desk.revisions, [one]: (desk.revisions[one] ?? 0) + 1 };
    return { status: 200, body: {} };
  });
  return desk;
}

test("a new board takes the name of one that is renamed and archived in the same save", async () => {
  // spec 2.10
  const desk = withNames([SERVICE_DESK, NETWORK]);
  tech();
  const { findByRole, getByRole } = await boards();
  const old = await findByRole("textbox", { name: "Name of board 2" });
  await userEvent.type(old, " 2017");
  await userEvent.click(getByRole("button", { name: "Archive Network 2017" }));
  await userEvent.click(getByRole("button", { name: "Add a board" }));
  await userEvent.type(getByRole("textbox", { name: "Name of board 3" }), "Network");
  await save();
  await screen.findByText(/^Saved at/);
  expect(desk.boards.find(({ id }) => id === "b2")).toEqual({ ...NETWORK, name: "Network 2017", archived: true });
  expect(desk.boards.map(({ name }) => name)).toContain("Network");
}, 60_000);

test("each board takes the name that the next one leaves in the same save", async () => {
  // spec 2.10
  const desk = withNames([SERVICE_DESK, NETWORK]);
  tech();
  const { findByRole, getByRole } = await boards();
  const [first, second] = [await findByRole("textbox", { name: "Name of board 1" }), getByRole("textbox", { name: "Name of board 2" })];
  await userEvent.clear(first);
  await userEvent.type(first, "Network");
  await userEvent.clear(second);
  await userEvent.type(second, "Field work");
  await save();
  await screen.findByText(/^Saved at/);
  expect(desk.boards.map(({ name }) => name)).toEqual(["Network", "Field work"]);
}, 60_000);

test("several boards are archived by one click on Save, also the one whose revision the first one raises", async () => {
  // spec 2.10
  const desk = withNames([SERVICE_DESK, NETWORK, { id: "b3", deskId: "harbour", name: "Projects" }]);
  tech();
  const { findByRole, getByRole } = await boards();
  await userEvent.click(await findByRole("button", { name: "Archive Network" }));
  await userEvent.click(getByRole("button", { name: "Archive Projects" }));
  await save();
  await screen.findByText(/^Saved at/);
  expect(desk.boards.filter(({ archived }) => archived).map(({ id }) => id)).toEqual(["b2", "b3"]);
}, 60_000);
