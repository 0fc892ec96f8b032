import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";

import { partsOf } from "../ui/address";

/** The pages whose filters are in the address. */
type Filtered = "tickets" | "history" | "supervisor" | "audit";
/** `query` has the filters. */
export type Route =
  | { page: Filtered; query?: string }
  | { page: "settings" | "notifications" | "chat-logs" }
  | { page: "ticket" | "session"; id: string };
/** "unknown": there is no page at this address. */
export type CurrentRoute = Route | { page: "unknown" };

const BASE = "/tech";
const LIST_OF = { ticket: "tickets", session: "history" } as const;

export const route = signal<CurrentRoute>(routeOf(location.pathname, location.search));

export function pathOf(to: Route): string {
  if ("id" in to) return `${BASE}/${LIST_OF[to.page]}/${encodeURIComponent(to.id)}`;
  return `${BASE}/${to.page}${"query" in to && to.query ? `?${to.query}` : ""}`;
}

export function routeOf(path: string, search = ""): CurrentRoute {
  const [, page = "", id, ...more] = partsOf(path) ?? ["", "unknown"];
  if (more.length) return { page: "unknown" };
  const query = search.replace(/^\?/, "");
  if (id) return page === "tickets" ? { page: "ticket", id } : page === "history" ? { page: "session", id } : { page: "unknown" };
  if (page === "" || page === "tickets") return { page: "tickets", query };
  if (page === "history" || page === "supervisor" || page === "audit") return { page, query };
  return page === "settings" || page === "notifications" || page === "chat-logs" ? { page } : { page: "unknown" };
}

/** `instead` replaces the history entry, so that the back button skips the page. */
export function go(to: Route, instead = false): void {
  const page = document.getElementById("page");
  if (instead) history.replaceState(null, "", pathOf(to));
  else if (pathOf(to) !== location.pathname + location.search) {
    rememberScroll();
    history.pushState(null, "", pathOf(to));
  }
  route.value = to;
  if (page) page.scrollTop = 0;
}

/** Replaces the filters of a page, which stays where it is. */
export function replaceQuery(page: Filtered, query: string): void {
  const to: Route = { page, query };
  history.replaceState(null, "", pathOf(to));
  route.value = to;
}

/** Keeps how far the page is scrolled in its entry of the history, for the way back to it. */
function rememberScroll(): void {
  history.replaceState({ scroll: document.getElementById("page")?.scrollTop ?? 0 }, "");
}

window.addEventListener("pagehide", rememberScroll);

window.addEventListener("popstate", () => {
  route.value = routeOf(location.pathname, location.search);
});

interface LinkProps {
  to: Route;
  class?: string;
  current?: boolean;
  /** The accessible name, if the link's text is not enough. */
  label?: string;
  children: ComponentChildren;
}

/** A plain link, which can be opened in a new tab and copied. A simple click stays in the app. */
export function Link({ to, current, label, children, ...rest }: LinkProps) {
  return (
    <a
      href={pathOf(to)}
      class={rest.class}
      aria-label={label}
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
