// The current page, from the address: links, reloads and the back button lead to the same one.
import { signal } from "@preact/signals";

import { partsOf } from "../ui/address";

/** "unknown": there is no page at this address. */
export type Route = { page: "unknown" } | { page: "support" } | { page: "tickets" } | { page: "notifications" } | { page: "new-ticket" } | { page: "ticket"; id: string };

const BASE = "/portal/";

export const paths = {
  support: `${BASE}support`,
  tickets: `${BASE}tickets`,
  notifications: `${BASE}notifications`,
  newTicket: `${BASE}tickets/new`,
  ticket: (id: string) => `${BASE}tickets/${encodeURIComponent(id)}`,
} as const;

export function routeOf(path: string): Route {
  const [, first = "", second, ...more] = partsOf(path) ?? ["", "unknown"];
  if (more.length || (second && first !== "tickets")) return { page: "unknown" };
  if (second) return second === "new" ? { page: "new-ticket" } : { page: "ticket", id: second };
  if (first === "" || first === "support") return { page: "support" };
  return first === "tickets" || first === "notifications" ? { page: first } : { page: "unknown" };
}

export const route = signal(routeOf(location.pathname));

/** `instead` replaces the history entry, so that the back button skips the page. */
export function go(path: string, instead = false): void {
  if (instead) history.replaceState(null, "", path);
  else if (path !== location.pathname) history.pushState(null, "", path);
  route.value = routeOf(path);
  scrollTo(0, 0);
}

/** A simple click on a link stays in the app. Opening in a new tab and copying work as usual. */
export function followLinks(): void {
  addEventListener("popstate", () => (route.value = routeOf(location.pathname)));
  addEventListener("click", (event) => {
    const link = (event.target as Element).closest?.("a");
    if (!link || link.origin !== location.origin || !link.pathname.startsWith(BASE) || link.hasAttribute("download")) return;
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(link.pathname);
  });
}
