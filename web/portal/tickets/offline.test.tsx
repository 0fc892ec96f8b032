import { act, screen } from "@testing-library/preact";
import { expect, test } from "vitest";

import { go, paths } from "../router";
import { portal, server, withPortal } from "../testing/portal";

withPortal();

test("without a connection the tickets that were shown before are still there, and what is not says so", async () => {
  // spec 9.5
  portal(paths.tickets);
  expect(await screen.findByRole("link", { name: /VPN drops/ })).toBeTruthy();
  act(() => go(paths.notifications));
  server.routes.set("GET /tickets", () => ({ status: 503, body: { error: { kind: "unavailable", code: "unreachable", message: "no" } } }));
  server.routes.set("GET /tickets/t7", () => ({ status: 503, body: { error: { kind: "unavailable", code: "unreachable", message: "no" } } }));
  act(() => go(paths.tickets));
  expect(await screen.findByRole("link", { name: /VPN drops/ })).toBeTruthy();
  // It may be old.
  expect((await screen.findByRole("alert")).textContent).toContain("could not be loaded");
  act(() => go(paths.ticket("t7")));
  expect((await screen.findByRole("alert")).textContent).toContain("could not be loaded");
});

test("a ticket that the person may no longer see is not shown again, without a connection either", async () => {
  portal(paths.ticket("t7"));
  await screen.findByRole("heading", { name: /VPN drops/ });
  act(() => go(paths.notifications));
  server.routes.set("GET /tickets/t7", () => ({ status: 404, body: { error: { kind: "not_found", code: "ticket", message: "no" } } }));
  act(() => go(paths.ticket("t7")));
  await screen.findByText(/not found|does not exist|not available/i);
  server.routes.set("GET /tickets/t7", () => ({ status: 503, body: { error: { kind: "unavailable", code: "unreachable", message: "no" } } }));
  act(() => go(paths.ticket("t7")));
  expect((await screen.findByText(/could not be loaded/)).closest("[role=alert]")).toBeTruthy();
  expect(screen.queryByRole("heading", { name: /VPN drops/ })).toBeNull();
});
