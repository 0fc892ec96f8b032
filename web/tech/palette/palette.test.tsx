import { screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { go } from "../router";
import { inChat, ready, server, tech, TICKET, withTech } from "../testing/page";

withTech();

const LATER = { ...TICKET, id: "t18", number: 18, summary: "Request number 12 about mail" };
const WANTED = { ...TICKET, id: "t12", number: 12, summary: "Mail is late" };

async function openPalette(): Promise<ReturnType<typeof within>> {
  await userEvent.click(screen.getByRole("button", { name: /^Search/ }));
  return within(await screen.findByRole("dialog", { name: "Search or jump" }));
}

test.each(["#12", "12"])("among the tickets found for %s the one with that number is selected", async (typed) => {
  const searches: string[] = [];
  server.routes.set("GET /tickets", (_, url) => {
    const search = url.searchParams.get("search") ?? "";
    searches.push(search);
    return { status: 200, body: { tickets: search === "#12" ? [WANTED] : [LATER, WANTED] } };
  });
  server.routes.set("GET /tickets/t12", () => ({ status: 200, body: { ticket: WANTED, timeline: [] } }));
  tech();
  await ready();
  const palette = await openPalette();
  await userEvent.type(palette.getByRole("combobox"), typed);
  await palette.findByRole("option", { name: /#12 Mail is late/ });
  expect(palette.getAllByRole("option")[0]!.textContent).toContain("#12");
  expect(searches).toContain("#12");
  await userEvent.keyboard("{Enter}");

  await waitFor(() => expect(location.pathname).toBe("/tech/tickets/t12"));
});

test("Enter does not open a ticket found for earlier text", async () => {
  server.routes.set("GET /tickets", (_, url) => {
    const search = url.searchParams.get("search");
    return search === "12" || search === "#12" ? new Promise(() => undefined) : { status: 200, body: { tickets: [LATER] } };
  });
  tech();
  await ready();
  const palette = await openPalette();
  await userEvent.type(palette.getByRole("combobox"), "#1");
  await palette.findByRole("option", { name: /#18/ });
  await userEvent.type(palette.getByRole("combobox"), "2{Enter}");

  expect(palette.queryByRole("option", { name: /#18/ })).toBeNull();
  expect(location.pathname).toBe("/tech/tickets");
});

test("the chat that was used last can be ended, left and given a colleague, and the next unread one opens", async () => {
  await inChat();
  const palette = await openPalette();
  const names = palette.getAllByRole("option").map((option: HTMLElement) => option.querySelector(".palette__text")?.textContent);
  expect(names.slice(0, 5)).toEqual(["End chat session", "Transfer chat", "Create ticket", "Why did it not ring me?", "Add engineer"]);
  await userEvent.type(palette.getByRole("combobox"), "end chat{Enter}");
  expect(await screen.findByRole("dialog", { name: "End chat session" })).toBeTruthy();
  await userEvent.keyboard("{Escape}");
  await userEvent.type((await openPalette()).getByRole("combobox"), "add engineer{Enter}");
  expect(await screen.findByRole("dialog", { name: "Add engineer" })).toBeTruthy();
  await userEvent.keyboard("{Escape}");
  await userEvent.type((await openPalette()).getByRole("combobox"), "next unread{Enter}");
  expect(await screen.findByText("No unread chats")).toBeTruthy();
});

test("a ticket is assigned to the engineer who looks at it", async () => {
  let changed: unknown;
  server.routes.set("GET /tickets/t7", () => ({ status: 200, body: { ticket: TICKET, timeline: [] } }));
  server.routes.set("PATCH /tickets/t7", (body) => ((changed = body.assigneeId), { status: 200, body: { ticket: TICKET } }));
  tech();
  await ready();
  expect((await openPalette()).queryByRole("option", { name: "Assign this ticket to me" })).toBeNull();
  await userEvent.keyboard("{Escape}");
  go({ page: "ticket", id: "t7" });
  await screen.findByRole("heading", { level: 1, name: /VPN drops/ });
  await userEvent.type((await openPalette()).getByRole("combobox"), "assign{Enter}");
  await waitFor(() => expect(changed).toBe("ava"));
  expect(await screen.findByText("The ticket is assigned to you")).toBeTruthy();
});
