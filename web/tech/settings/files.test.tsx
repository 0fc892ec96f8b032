import { screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";

import { ADMIN } from "../../wire/testing/fake_server";
import { go } from "../router";
import { server, tech, withTech } from "../testing/page";

withTech();

let desk: object = {};
let written: object[] = [];

beforeEach(() => {
  go({ page: "settings" });
  [desk, written] = [{ id: "harbour", name: "Harbour IT" }, []];
  server.routes.set("GET /start", () => ({ status: 200, body: { me: { person: ADMIN }, cards: [], alerts: [], missing: [] } }));
  server.routes.set("GET /settings/chat", () => ({ status: 200, body: { settings: {}, version: 0 } }));
  server.routes.set("GET /places", () => ({ status: 200, body: { desk, revisions: { "desk:harbour": 3 } } }));
  server.routes.set("PUT /directory", (body) => {
    written.push(body);
    desk = (body.entry as { desk: object }).desk;
    return { status: 200, body: {} };
  });
});

const box = () => screen.findByRole<HTMLInputElement>("textbox", { name: "Largest file, in MB" });
const save = () => userEvent.click(screen.getByRole("button", { name: "Save" }));

test("an admin sets the largest file of the desk and takes the limit away", async () => {
  // spec 9.3
  tech();
  await userEvent.type(await box(), "5");
  await save();
  await screen.findByText(/^Saved at/);
  expect(written).toEqual([{ entry: { desk: { id: "harbour", name: "Harbour IT", maxFileMb: 5 } }, ifRevision: 3 }]);

  expect((await box()).value).toBe("5");
  await userEvent.clear(await box());
  await save();
  await waitFor(() => expect(desk).toEqual({ id: "harbour", name: "Harbour IT", maxFileMb: 0 }));
});

test("what is typed while a save is on its way stays", async () => {
  // spec 7.9
  let answer: () => void = () => undefined;
  const saved = new Promise<void>((resolve) => (answer = resolve));
  server.routes.set("PUT /directory", async ({ entry }) => {
    await saved;
    desk = (entry as { desk: object }).desk;
    return { status: 200, body: {} };
  });
  tech();
  await userEvent.type(await box(), "5");
  await save();
  await userEvent.type(await box(), "7");
  answer();
  await waitFor(() => expect(desk).toEqual({ id: "harbour", name: "Harbour IT", maxFileMb: 5 }));
  await waitFor(() => expect(screen.getByRole("button", { name: "Save" }).getAttribute("aria-busy")).not.toBe("true"));
  expect((await box()).value).toBe("57");
});

test("what is no number, or more than the server allows, is refused at the box", async () => {
  // spec 9.3
  tech();
  await userEvent.type(await box(), "-1");
  const section = within(screen.getByRole("region", { name: "Files" }));
  section.getByText("Enter a whole number, or nothing");
  await save();
  expect(written).toEqual([]);

  const error = { kind: "invalid_argument", code: "file_limit", field: "entry.desk.max_file_mb", message: "At most 25 MB are possible here." };
  server.routes.set("PUT /directory", () => ({ status: 400, body: { error } }));
  await userEvent.clear(await box());
  await userEvent.type(await box(), "26");
  await save();
  await section.findByText(error.message);
  await waitFor(async () => expect(document.activeElement).toBe(await box()));
});

const CHANGED = { kind: "aborted", code: "changed_meanwhile", field: "if_revision", message: "Somebody else changed this meanwhile; read it again." };

/** A desk that a colleague changes between the load and the first save of this page. A save must name the revision, as in the directory. */
function shared(colleague: object): void {
  let [revision, changes] = [3, 1];
  server.routes.set("GET /places", () => ({ status: 200, body: { desk, revisions: { "desk:harbour": revision } } }));
  server.routes.set("PUT /directory", ({ entry, ifRevision }) => {
    if (changes-- > 0) [desk, revision] = [{ ...desk, ...colleague }, revision + 1];
    if (ifRevision !== revision) return { status: 409, body: { error: CHANGED } };
    [desk, revision] = [(entry as { desk: object }).desk, revision + 1];
    return { status: 200, body: {} };
  });
}

test("the limit is saved on a desk that a colleague has renamed meanwhile", async () => {
  // spec 9.3
  shared({ name: "Harbour" });
  tech();
  await userEvent.type(await box(), "5");
  await save();
  await screen.findByText(/^Saved at/);
  expect(desk).toEqual({ id: "harbour", name: "Harbour", maxFileMb: 5 });
});

test("a limit that a colleague has set meanwhile is shown, and one that cannot be saved stays with the reason", async () => {
  // spec 9.3
  shared({ maxFileMb: 7 });
  tech();
  await userEvent.type(await box(), "5");
  await save();
  await screen.findByText(/the largest file/);
  await userEvent.click(screen.getByRole("button", { name: "Keep my changes" }));
  server.routes.set("PUT /directory", () => ({ status: 409, body: { error: CHANGED } }));
  await save();
  await screen.findByText(CHANGED.message);
  expect((await box()).value).toBe("5");
  expect(screen.getByText("Unsaved changes")).toBeTruthy();
}, 60_000);

test("the section stays when the limit cannot be loaded, and loads it on request", async () => {
  const loaded = server.routes.get("GET /places")!;
  server.routes.set("GET /places", () => ({ status: 500, body: { error: { kind: "internal", code: "internal", message: "" } } }));
  tech();
  const section = within(await screen.findByRole("region", { name: "Files" }));
  const retry = await section.findByRole("button", { name: "Try again" });
  server.routes.set("GET /places", loaded);
  await userEvent.click(retry);
  expect((await box()).value).toBe("");
});
