import { cleanup, fireEvent, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";

import type { ChatSettings } from "../../wire/index.ts";
import { ADMIN } from "../../wire/testing/fake_server";
import { go } from "../router";
import { leave, server, tech as openTech, withTech } from "../testing/page";

const SAVED: ChatSettings = {
  ...{ joinPolicy: "open", customerLeave: "when_offered", hoursMode: "notice", preTicketChat: true, postTicketChat: true, callBack: true },
  ...{ noAnswerAfter: 40, waitingGoneAfter: 300, idleAfter: 3600, unattendedAfter: 120, endedLeaveAfter: 1800, promiseWait: 300, transferExpiresAfter: 60, companies: {}, customers: {} },
};

let settings: ChatSettings;
let version: number;

function tech(different: object = {}): void {
  server.routes.set("GET /start", () => ({ status: 200, body: { me: { person: { ...ADMIN, ...different } }, cards: [], alerts: [], missing: [] } }));
  openTech();
}

withTech();

beforeEach(() => {
  go({ page: "settings" });
  [settings, version] = [SAVED, 0];
  server.routes.set("GET /canned-replies", () => ({ status: 200, body: {} }));
  server.routes.set("GET /settings/chat", () => ({ status: 200, body: { settings, version } }));
  server.routes.set("PUT /settings/chat", (body) => {
    if (body.version !== version) return { status: 409, body: { error: { kind: "aborted", code: "version_conflict", field: "version", message: "changed" } } };
    [settings, version] = [body.settings as ChatSettings, version + 1];
    return { status: 200, body: { settings, version } };
  });
  server.routes.set("GET /settings/presence", () => ({ status: 200, body: { settings: { awayAfter: 300 }, version: 0 } }));
  server.routes.set("GET /webhooks", () => ({ status: 200, body: {} }));
  server.routes.set("GET /settings/alerts", () => ({ status: 200, body: { settings: { first: 20, every: 10, until: 90 }, version: 3 } }));
  server.routes.set("GET /places", () => ({ status: 200, body: { companies: [{ id: "acme", name: "Acme Ltd" }] } }));
  server.routes.set("GET /people", () => ({ status: 200, body: { people: [{ id: "mia", name: "Mia Torres", companyId: "acme" }] } }));
});

const noAnswer = () => screen.findByRole<HTMLInputElement>("textbox", { name: "Offer a call-back or leaving after" });
const save = () => userEvent.click(screen.getByRole("button", { name: "Save" }));

async function type(text: string): Promise<void> {
  const box = await noAnswer();
  await userEvent.clear(box);
  await userEvent.type(box, text);
}

test("a changed time is shown as unsaved and, after Save, as saved", async () => {
  tech();
  await type("5");
  expect(screen.getByText("Unsaved changes")).toBeTruthy();
  await save();
  expect(await screen.findByText(/^Saved at/)).toBeTruthy();
  expect(settings.noAnswerAfter).toBe(5);
});

test("an invalid number shows an error at its box, and nothing is sent", async () => {
  tech();
  await type("soon");
  await save();
  const box = await noAnswer();
  expect(box.getAttribute("aria-invalid")).toBe("true");
  await waitFor(() => expect(document.activeElement).toBe(box));
  expect(server.calls).not.toContain("PUT /settings/chat");
});

test("the promised wait is shown in minutes, and 0 is saved as no promise", async () => {
  // spec 13.7
  tech();
  const box = await screen.findByRole<HTMLInputElement>("textbox", { name: "Promised wait" });
  expect(box.value).toBe("5");
  await userEvent.clear(box);
  await userEvent.type(box, "0");
  await save();
  await waitFor(() => expect(settings.promiseWait).toBe(0));
});

test("an error of the server is shown at the field that it names", async () => {
  tech();
  server.routes.set("PUT /settings/chat", () => {
    const error = { kind: "invalid_argument", code: "bad_argument", field: "settings.idle_after", message: "Too long for this desk." };
    return { status: 400, body: { error } };
  });
  await type("5");
  await save();
  const box = screen.getByRole("textbox", { name: "Offer to leave an inactive chat after" });
  await waitFor(() => expect(box.getAttribute("aria-invalid")).toBe("true"));
  expect(screen.getByText("Too long for this desk.")).toBeTruthy();
});

test("saving after a change by someone else shows that change, and both changes can be kept", async () => {
  tech();
  await type("5");
  settings = { ...settings, callBack: false };
  version = 1;
  await save();
  expect((await screen.findByRole("alert")).textContent).toContain("call-backs");
  expect(settings.noAnswerAfter).toBe(40);
  await userEvent.click(screen.getByRole("button", { name: "Keep my changes" }));
  await save();
  await waitFor(() => expect(settings).toMatchObject({ noAnswerAfter: 5, callBack: false }));
});

test("unsaved changes are kept across a reload", async () => {
  tech();
  await type("7");
  cleanup();
  leave();
  tech();
  await waitFor(async () => expect((await noAnswer()).value).toBe("7"));
  await userEvent.click(screen.getByRole("button", { name: "Discard" }));
  await waitFor(async () => expect((await noAnswer()).value).toBe("40"));
});

test("office hours start with defaults, and accept a second span past midnight and a country's holidays", async () => {
  // spec 4.8
  server.routes.set("GET /settings/holidays", () => ({ status: 200, body: { holidays: [{ date: "2026-12-25", name: "Christmas Day", fromMinute: 0, untilMinute: 1440 }] } }));
  tech();
  await userEvent.click(await screen.findByRole("switch", { name: "The desk has office hours" }));
  // Queries by text and label, because a query by role is slow with all the zones and countries on the page.
  const friday = within(screen.getByLabelText("Friday"));
  // The response arrives after the changes of the times below, and must not overwrite them.
  fireEvent.click(screen.getByText("Fill by country"));
  fireEvent.click(friday.getByLabelText("Add a time on Friday"));
  fireEvent.input(friday.getAllByLabelText("Friday from")[1]!, { target: { value: "22:00" } });
  fireEvent.input(friday.getAllByLabelText("Friday until")[1]!, { target: { value: "02:00" } });
  expect(await friday.findByText("next day")).toBeTruthy();
  expect((await screen.findByLabelText<HTMLInputElement>("Date")).value).toBe("2026-12-25");
  fireEvent.click(screen.getByText("Save"));
  await waitFor(() => expect(settings.hours?.spans).toHaveLength(6));
  expect(settings.hours?.spans?.at(-1)).toEqual({ day: 5, fromMinute: 1320, untilMinute: 120 });
}, 60_000);

test("a customer can be an exception to the desk's setting", async () => {
  // spec 2.8
  tech();
  await userEvent.type(await screen.findByRole("searchbox", { name: "Find a company or customer" }), "mia");
  await userEvent.click(await screen.findByRole("button", { name: "Mia Torres Acme Ltd" }));
  await save();
  await waitFor(() => expect(settings.customers).toEqual({ mia: false }));
});

test("an engineer who is not an admin sees their canned replies and not the desk's settings", async () => {  // spec 13.1
  tech({ role: "ROLE_ENGINEER" });
  expect(await screen.findByText(/^Only admins can see the desk's settings/)).toBeTruthy();
  expect(screen.getByRole("region", { name: "Canned replies" })).toBeTruthy();
  expect(screen.queryByRole("region", { name: "Office hours" })).toBeNull();
});

test("an admin with limited access changes what is within it, and is told that the rest needs an admin of the whole desk", async () => {
  // spec 10.2
  tech({ access: { companyIds: ["acme"], allBoards: true } });
  expect(await screen.findByText(/webhooks and the audit log need an admin with access to all of it/)).toBeTruthy();
  for (const name of ["Boards", "Companies", "People", "Canned replies"]) expect(await screen.findByRole("region", { name })).toBeTruthy();
  for (const name of ["Office hours", "Presence", "Webhooks", "Audit log"]) expect(screen.queryByRole("region", { name })).toBeNull();
});

const BOARDS = [{ id: "b1", deskId: "harbour", name: "Service desk" }, { id: "b2", deskId: "harbour", name: "Projects" }];
const ACME = { id: "acme", deskId: "harbour", name: "Acme Ltd", defaultBoardId: "b1", sharedTickets: true };

function directory(): unknown[] {
  const written: unknown[] = [];
  server.routes.set("GET /places", () => ({ status: 200, body: { boards: BOARDS, companies: [ACME] } }));
  server.routes.set("PUT /directory", (body) => (written.push(body.entry), { status: 200, body: {} }));
  return written;
}

test("a board is renamed, another is added and becomes a company's default; nothing else is written", async () => {
  // spec 2.10
  const written = directory();
  tech();
  const second = await screen.findByRole("textbox", { name: "Name of board 2" });
  await userEvent.clear(second);
  await userEvent.type(second, "Big projects");
  await userEvent.click(screen.getByRole("button", { name: "Add a board" }));
  await save();
  expect(written).toEqual([]);
  expect(screen.getByText("Give the board a name")).toBeTruthy();
  await userEvent.type(screen.getByRole("textbox", { name: "Name of board 3" }), "Network");
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "Default board of Acme Ltd" }), "Network");
  await save();

  await waitFor(() => expect(written).toHaveLength(3));
  const added = (written[1] as { board: { id: string } }).board;
  expect(written).toEqual([
    { board: { ...BOARDS[1], name: "Big projects" } },
    { board: expect.objectContaining({ name: "Network" }) },
    { company: { ...ACME, defaultBoardId: added.id } },
  ]);
});

test("a company is added and another is renamed, each on what is stored now", async () => {
  // spec 2.10, 10.10
  const written = directory();
  tech();
  await userEvent.click(await screen.findByRole("button", { name: "Add a company" }));
  await userEvent.type(screen.getByRole("textbox", { name: "Name of Acme Ltd" }), "!");
  await save();
  expect(written).toEqual([]);
  expect(screen.getByText("Give the company a name")).toBeTruthy();
  await userEvent.type(screen.getByRole("textbox", { name: "Name of the new company" }), " Globex  Ltd");
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "Default board of the new company" }), "Projects");
  server.routes.set("GET /places", () => ({ status: 200, body: { boards: BOARDS, companies: [{ ...ACME, sharedTickets: false }] } }));
  await save();

  await waitFor(() => expect(written).toHaveLength(2));
  expect(written).toEqual([
    { company: { ...ACME, name: "Acme Ltd!", sharedTickets: false } },
    { company: { id: expect.any(String), deskId: undefined, name: "Globex Ltd", defaultBoardId: "b2" } },
  ]);
});

test("a name that the directory refuses shows an error at its box", async () => {
  directory();
  const error = { kind: "invalid_argument", code: "invalid_value", field: "entry.board.name", message: "A name has 1 to 200 characters." };
  server.routes.set("PUT /directory", () => ({ status: 400, body: { error } }));
  tech();
  const first = await screen.findByRole("textbox", { name: "Name of board 1" });
  await userEvent.type(first, "!");
  await save();
  expect(await screen.findByText("A name has 1 to 200 characters.")).toBeTruthy();
  expect(first.getAttribute("aria-invalid")).toBe("true");
});

test("a customer beyond the first thousand is found by search, and the exception shows the name", async () => {
  // spec 2.8
  settings = { ...SAVED, customers: { zoe: false } };
  server.routes.set("GET /people/zoe", () => ({ status: 200, body: { person: { id: "zoe", name: "Zoe Adams", companyId: "acme" } } }));
  server.routes.set("GET /people", (_, url) => {
    const found = url.searchParams.get("search") === "yuki" && url.searchParams.get("kind") === "PERSON_KIND_CUSTOMER";
    return { status: 200, body: { people: found ? [{ id: "yuki", name: "Yuki Zimmer", companyId: "acme" }] : [] } };
  });
  tech();
  expect(await screen.findByRole("combobox", { name: "Chat for Zoe Adams" })).toBeTruthy();
  await userEvent.type(screen.getByRole("searchbox", { name: "Find a company or customer" }), "yuki");
  await userEvent.click(await screen.findByRole("button", { name: "Yuki Zimmer Acme Ltd" }));
  expect(screen.getByRole("combobox", { name: "Chat for Yuki Zimmer" })).toBeTruthy();
});

test("the alert settings show seconds, name the wrong field, and carry the version that was read", async () => {
  // spec 5.3
  let sent: unknown;
  server.routes.set("PUT /settings/alerts", (body) => {
    if ((body.settings as { every: number }).every > 50) {
      return { status: 400, body: { error: { kind: "invalid_argument", code: "bad_argument", field: "settings.every", message: "Too long." } } };
    }
    sent = body;
    return { status: 200, body: { settings: body.settings, version: 4 } };
  });
  tech();
  const every = await screen.findByRole<HTMLInputElement>("textbox", { name: "Repeat every" });
  expect(every.value).toBe("10");
  fireEvent.input(every, { target: { value: "3" } });
  expect(every.getAttribute("aria-invalid")).toBe("true");
  fireEvent.input(every, { target: { value: "60" } });
  await save();
  expect(await screen.findByText("Too long.")).toBeTruthy();
  fireEvent.input(every, { target: { value: "15" } });
  await save();
  await waitFor(() => expect(sent).toEqual({ settings: { first: 20, every: 15, until: 90 }, version: 3 }));
});
