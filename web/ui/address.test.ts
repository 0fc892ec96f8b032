import { expect, test } from "vitest";

import { routeOf as portal } from "../portal/router";
import { pathOf, routeOf as tech } from "../tech/router";

test.each([
  ["/tech", { page: "tickets", query: "" }],
  ["/tech/", { page: "tickets", query: "" }],
  ["/tech/tickets/", { page: "tickets", query: "" }],
  ["/tech/tickets/a%20b", { page: "ticket", id: "a b" }],
  ["/tech/history", { page: "history", query: "" }],
  ["/tech/history/a%20b", { page: "session", id: "a b" }],
  ["/tech/settings", { page: "settings" }],
  ["/tech/supervisor", { page: "supervisor", query: "" }],
  ["/tech/chat-logs", { page: "chat-logs" }],
  ["/tech/audit", { page: "audit", query: "" }],
  ["/tech/tickets/%", { page: "unknown" }],
  ["/tech/tickets/%E0%A4%A", { page: "unknown" }],
  ["/tech/nowhere", { page: "unknown" }],
  ["/tech/settings/%", { page: "unknown" }],
  ["/tech/tickets/a/b", { page: "unknown" }],
])("TECH reads every address: %s", (path, route) => {  // spec 9.5
  expect(tech(path)).toEqual(route);
});

test("an id of any characters survives encoding and parsing", () => {
  expect(tech(pathOf({ page: "session", id: "50% /ü" }))).toEqual({ page: "session", id: "50% /ü" });
  expect(tech(pathOf({ page: "ticket", id: "50% /ü" }))).toEqual({ page: "ticket", id: "50% /ü" });
});

test.each([
  ["/portal", { page: "support" }],
  ["/portal/", { page: "support" }],
  ["/portal/support", { page: "support" }],
  ["/portal/tickets", { page: "tickets" }],
  ["/portal/tickets/new", { page: "new-ticket" }],
  ["/portal/tickets/t7", { page: "ticket", id: "t7" }],
  ["/portal/tickets/%", { page: "unknown" }],
  ["/portal/nowhere", { page: "unknown" }],
])("the Portal reads every address: %s", (path, route) => {  // spec 9.5
  expect(portal(path)).toEqual(route);
});
