import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";

import { partsOf } from "../ui/address";

export type Route = { page: "tickets" } | { page: "settings" } | { page: "notifications" } | { page: "chat-logs" } | { page: "ticket"; id: string };
/** "unknown": there is no page at this address. */
export type CurrentRoute = Route | { page: "unknown" };

const BASE = "/tech";

export const route = signal<CurrentRoute>(routeOf(location.pathname));

export function pathOf(to: Route): string {
  return to.page === "ticket" ? `${BASE}/tickets/${encodeURIComponent(to.id)}` : `${BASE}/${to.page}`;
}

export function routeOf(path: string): CurrentRoute {
  const [, page = "", id, ...more] = partsOf(path) ?? ["", "unknown"];
  if (more.length) return { page: "unknown" };
  if (id) return page === "tickets" ? { page: "ticket", id } : { page: "unknown" };
  if (page === "" || page === "tickets") return { page: "tickets" };
  return page === "settings" || page === "notifications" || page === "chat-logs" ? { page } : { page: "unknown" };
}

/** `instead` replaces the history entry, so that the back button skips the page. */
export function go(to: Route, instead = false): void {
  if (instead) history.replaceState(null, "", pathOf(to));
  else if (pathOf(to) !== location.pathname) history.pushState(null, "", pathOf(to));
  route.value = to;
  window.scrollTo(0, 0);
}

window.addEventListener("popstate", () => {
  route.value = routeOf(location.pathname);
});

interface LinkProps {
  to: Route;
  class?: string;
  current?: boolean;
  children: ComponentChildren;
}

/** A plain link, which can be opened in a new tab and copied. A simple click stays in the app. */
export function Link({ to, current, children, ...rest }: LinkProps) {
  return (
    <a
      href={pathOf(to)}
      class={rest.class}
      aria-current={current ? "page" : undefined}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        go(to);
      }}
    >
      {children}
    </a>
  );
}
