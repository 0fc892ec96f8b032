import { act, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";

import { AVA, MIA } from "../../wire/testing/fake_server";
import { go } from "../router";
import { TICKET, inChat, ready, server, tech, withTech } from "../testing/page";

withTech();

const FOUND = {
  boards: [{ id: "b1", name: "Service desk" }, { id: "b2", name: "Projects" }],
  companies: [{ id: "globex", name: "Globex", defaultBoardId: "b2" }],
};
const ZOE = { id: "zoe", name: "Zoe Adams", companyId: "globex", email: "zoe@globex.example" };
const GONE = { ...ZOE, id: "zack", name: "Zack Gone", disabled: true };
let sent: Record<string, unknown>[] = [];

beforeEach(() => {
  sent = [];
  server.routes.set("GET /places", () => ({ status: 200, body: FOUND }));
  server.routes.set("GET /people", (_, url) => {
    const people = url.searchParams.get("kind") !== "PERSON_KIND_CUSTOMER" ? [AVA] : url.searchParams.get("active") ? [ZOE] : [GONE, ZOE];
    return { status: 200, body: { people } };
  });
  server.routes.set("POST /tickets", takes);
  server.routes.set("PATCH /tickets/t7", (body) => (sent.push(body), { status: 200, body: { ticket: TICKET } }));
});

const dialogNamed = async (name: string) => within(await screen.findByRole("dialog", { name }, { timeout: 30_000 }));
const takes = (body: Record<string, unknown>) => (sent.push(body), { status: 200, body: { ticket: TICKET } });
const create = (dialog: ReturnType<typeof within>) => userEvent.click(dialog.getByRole("button", { name: "Create ticket" }));

test("an engineer creates a ticket for a customer who is found by search, on the board of the company", async () => {
  // spec 9.6
  tech();
  await ready();
  await screen.findByRole("link", { name: "VPN drops" });
  await userEvent.keyboard("c");
  const dialog = await dialogNamed("New ticket");
  await create(dialog);
  expect((await dialog.findByText("Choose a customer")).getAttribute("role")).toBe("alert");
  const finder = dialog.getByRole("combobox", { name: "Customer" });
  expect(document.activeElement).toBe(finder);
  await userEvent.paste("zo");
  await dialog.findByRole("option", { name: /Zoe Adams.*Globex · zoe@globex.example/ });
  expect(dialog.queryByRole("option", { name: /Zack/ })).toBeNull();
  await userEvent.keyboard("{Enter}");
  await waitFor(() => expect(document.activeElement).toBe(dialog.getByRole("textbox", { name: "Summary" })));
  await create(dialog);
  expect(dialog.getByText("Write a summary")).toBeTruthy();
  await userEvent.paste("Badge is lost");
  await userEvent.selectOptions(dialog.getByRole("combobox", { name: "Priority" }), "High");
  await userEvent.click(dialog.getByRole("textbox", { name: "First note (optional)" }));
  await userEvent.paste("Since Monday");
  await userEvent.keyboard("{Control>}{Enter}{/Control}");

  expect(await screen.findByRole("heading", { name: "#7 VPN drops" })).toBeTruthy();
  expect(sent).toMatchObject([{ summary: "Badge is lost", text: "Since Monday", boardId: "b2", customerId: "zoe", priority: "PRIORITY_HIGH" }]);
}, 60_000);

test("what was typed for a new ticket is still there after a refusal and after a reload", async () => {
  // spec 7.9, 9.6
  const refusal = { kind: "invalid_argument", code: "invalid_value", field: "customer_id", message: "There is no such customer." };
  server.routes.set("POST /tickets", () => ({ status: 400, body: { error: refusal } }));
  tech();
  await ready();
  await userEvent.click(await screen.findByRole("button", { name: "Create ticket" }));
  let dialog = await dialogNamed("New ticket");
  await userEvent.click(await dialog.findByRole("option", { name: /Zoe Adams/ }));
  await userEvent.click(dialog.getByRole("textbox", { name: "Summary" }));
  await userEvent.paste("Badge is lost");
  await create(dialog);
  expect(await dialog.findByText("This customer has no access any more. Choose another one.")).toBeTruthy();
  await userEvent.click(dialog.getByRole("button", { name: "Cancel" }));
  await userEvent.click(screen.getByRole("button", { name: "Create ticket" }));
  dialog = await dialogNamed("New ticket");
  expect(dialog.getByRole<HTMLInputElement>("textbox", { name: "Summary" }).value).toBe("Badge is lost");
});

test("a ticket from a call-back is for its customer, and begins the closing note", async () => {
  // spec 9.6, 4.11
  server.open("s1");
  server.commit("s1", MIA, "call", { statusChanged: { from: "CHAT_STATUS_WAITING", to: "CHAT_STATUS_CALLBACK", step: "STEP_CALL_BACK" } });
  tech();
  await ready();
  await userEvent.click(screen.getByRole("tab", { name: "Callbacks, 1" }));
  const card = within(screen.getByRole("article", { name: "Printer is on fire" }));
  await userEvent.click(card.getByRole("button", { name: "Create ticket" }));
  const dialog = await dialogNamed("New ticket");
  expect(dialog.getByRole("group", { name: "Customer" }).textContent).toContain("Mia Torres");
  await waitFor(() => expect(dialog.getByRole<HTMLSelectElement>("combobox", { name: "Board" }).value).toBe("b1"));
  const archived = { kind: "invalid_argument", code: "company_archived", field: "customer_id", message: "The company is archived." };
  server.routes.set("POST /tickets", () => ({ status: 400, body: { error: archived } }));
  await create(dialog);
  expect(await dialog.findByText("The company is archived.")).toBeTruthy();
  expect(dialog.getByRole("group", { name: "Customer" }).textContent).toContain("Mia Torres");
  server.routes.set("POST /tickets", takes);
  await create(dialog);

  expect(await screen.findByText("Ticket #7 was created")).toBeTruthy();
  expect(sent).toMatchObject([{ summary: "Printer is on fire", customerId: "mia" }]);
  await userEvent.click(card.getByRole("button", { name: "End session" }));
  const closing = await dialogNamed("Close session");
  expect(closing.getByRole<HTMLTextAreaElement>("textbox", { name: "What was done?" }).value).toBe("Created ticket #7");
  await userEvent.click(closing.getByRole("button", { name: "Cancel" }));
  await userEvent.click(screen.getByRole("button", { name: "Open ticket" }));
  expect(await screen.findByRole("heading", { name: "#7 VPN drops" })).toBeTruthy();
});

test("a ticket from a call-back of an archived company is refused before anything is typed", async () => {
  // spec 2.10, 9.6
  const acme = { id: "acme", name: "Acme Ltd", defaultBoardId: "b1", archived: true };
  server.routes.set("GET /places", () => ({ status: 200, body: { ...FOUND, companies: [acme] } }));
  server.open("s1");
  server.commit("s1", MIA, "call", { statusChanged: { from: "CHAT_STATUS_WAITING", to: "CHAT_STATUS_CALLBACK", step: "STEP_CALL_BACK" } });
  server.commit("s1", MIA, "company", { placeChanged: { boardId: "b1", companyId: "acme", companyName: "Acme Ltd" } });
  tech();
  await ready();
  await userEvent.click(screen.getByRole("tab", { name: "Callbacks, 1" }));
  await userEvent.click(within(screen.getByRole("article", { name: "Printer is on fire" })).getByRole("button", { name: "Create ticket" }));
  const dialog = await dialogNamed("New ticket");
  expect(await dialog.findByText(/^The customer's company is archived/)).toBeTruthy();
  expect((await dialog.findByText("Acme Ltd (archived)")).closest("[role=group]")?.getAttribute("aria-label")).toBe("Customer");
});

test("a ticket can be created from a chat's menu", async () => {
  // spec 9.6
  const window = await inChat();
  await userEvent.click(window.getByRole("button", { name: "Chat menu" }));
  await userEvent.click(screen.getByRole("menuitem", { name: "Create ticket" }));
  const dialog = await dialogNamed("New ticket");
  expect(dialog.getByRole<HTMLInputElement>("textbox", { name: "Summary" }).value).toBe("Printer is on fire");
});

test("the summary of a ticket is edited in its heading; Escape leaves it as it was", async () => {
  // spec 9.6
  tech();
  await ready();
  go({ page: "ticket", id: "t7" });
  await userEvent.click(await screen.findByRole("button", { name: "Edit summary" }));
  const box = screen.getByRole<HTMLInputElement>("textbox", { name: "Summary" });
  await waitFor(() => expect(document.activeElement).toBe(box));
  await userEvent.keyboard("Something else{Escape}");
  expect(screen.queryByRole("textbox", { name: "Summary" })).toBeNull();
  expect(document.activeElement).toBe(screen.getByRole("button", { name: "Edit summary" }));
  await userEvent.click(screen.getByRole("button", { name: "Edit summary" }));
  await userEvent.keyboard("  VPN drops \t each day {Enter}");
  await waitFor(() => expect(sent).toMatchObject([{ summary: "VPN drops each day" }]));
  expect(await screen.findByRole("button", { name: "Edit summary" })).toBeTruthy();
});

test("that a change failed is shown until the same change is saved, or the ticket is left", async () => {
  tech();
  await ready();
  act(() => go({ page: "ticket", id: "t7" }));
  const refuse = () => server.routes.set("PATCH /tickets/t7", () => ({ status: 500, body: { error: { kind: "internal", message: "no" } } }));
  refuse();
  const priority = await screen.findByRole("combobox", { name: "Priority" });
  await userEvent.selectOptions(priority, "Urgent");
  const text = "The change could not be saved.";
  expect(await screen.findByText(text)).toBeTruthy();
  server.routes.set("PATCH /tickets/t7", () => ({ status: 200, body: { ticket: TICKET } }));
  await userEvent.selectOptions(priority, "High");
  await waitFor(() => expect(screen.queryByText(text)).toBeNull());
  refuse();
  await userEvent.selectOptions(priority, "Urgent");
  expect(await screen.findByText(text)).toBeTruthy();
  act(() => go({ page: "tickets" }));
  await waitFor(() => expect(screen.queryByText(text)).toBeNull());
});

test("a ticket is given to another customer", async () => {
  // spec 9.6
  tech();
  await ready();
  go({ page: "ticket", id: "t7" });
  await userEvent.click(await screen.findByRole("button", { name: "Change customer" }));
  const dialog = await dialogNamed("Change customer");
  expect(dialog.getByText(/Mia Torres no longer sees it/)).toBeTruthy();
  await userEvent.click(await dialog.findByRole("option", { name: /Zoe Adams/ }));
  await userEvent.click(dialog.getByRole("button", { name: "Change customer" }));
  await waitFor(() => expect(sent).toMatchObject([{ customerId: "zoe" }]));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});
