// Pages by the address after #, so that any server, and a reload, lead to the same page.
import { signal } from "@preact/signals";

export type Route = { page: "support" } | { page: "tickets" } | { page: "new-ticket" } | { page: "ticket"; id: string };

export const paths = {
  support: "#/support",
  tickets: "#/tickets",
  newTicket: "#/tickets/new",
  ticket: (id: string) => `#/tickets/${encodeURIComponent(id)}`,
} as const;

export function routeOf(hash: string): Route {
  const [first, second] = hash.replace(/^#\/?/, "").split("/");
  if (first !== "tickets") return { page: "support" };
  if (!second) return { page: "tickets" };
  return second === "new" ? { page: "new-ticket" } : { page: "ticket", id: decodeURIComponent(second) };
}

export const route = signal(routeOf(location.hash));
addEventListener("hashchange", () => (route.value = routeOf(location.hash)));

export function go(path: string, replace = false): void {
  if (replace) location.replace(path);
  else location.hash = path;
}
