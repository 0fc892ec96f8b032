import { act, screen, waitFor } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { server, TICKET, ready, tech, withTech } from "./testing/page";
import { go } from "./router";

withTech();

const heading = (name: string | RegExp) => screen.findByRole("heading", { level: 1, name });

async function opened(): Promise<void> {
  tech();
  await ready();
  await heading("Tickets");
}

test("a page that takes the place of another has the focus on its heading, and the title names what it shows", async () => {
  await opened();
  expect(document.activeElement).toBe(document.body);
  await waitFor(() => expect(document.title).toBe("Tickets · Parley"));
  await userEvent.click(await screen.findByRole("link", { name: "VPN drops" }));
  const ticket = await heading(/VPN drops/);
  await waitFor(() => expect(document.activeElement).toBe(ticket));
  await waitFor(() => expect(document.title).toBe("#7 VPN drops · Parley"));
  await userEvent.click(screen.getByRole("link", { name: "History" }));
  const list = await heading("History");
  await waitFor(() => expect(document.activeElement).toBe(list));
  await waitFor(() => expect(document.title).toBe("History · Parley"));
});

test("other filters of the same page move no focus", async () => {
  await opened();
  const search = await screen.findByRole("searchbox");
  await userEvent.type(search, "vpn");
  await waitFor(() => expect(location.search).toBe("?search=vpn"));
  expect(document.activeElement).toBe(search);
});

test("a page without heading, as one that could not be loaded, has the focus itself", async () => {
  server.routes.set("GET /tickets/t7", () => ({ status: 400, body: { error: { kind: "invalid_argument", message: "No." } } }));
  await opened();
  act(() => go({ page: "ticket", id: TICKET.id }));
  await screen.findByRole("alert");
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("main")));
});

test("a person who writes elsewhere keeps the focus", async () => {
  await opened();
  const box = document.body.appendChild(document.createElement("textarea"));
  box.focus();
  act(() => go({ page: "history" }));
  await heading("History");
  expect(document.activeElement).toBe(box);
  box.remove();
});
