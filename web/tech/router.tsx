import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";

export type Route = { page: "tickets" } | { page: "settings" } | { page: "ticket"; id: string };

const BASE = "/tech";

export const route = signal<Route>(routeOf(location.pathname));

export function pathOf(to: Route): string {
  return to.page === "ticket" ? `${BASE}/tickets/${encodeURIComponent(to.id)}` : `${BASE}/${to.page}`;
}

export function routeOf(path: string): Route {
  const [, , page, id] = path.split("/");
  if (page === "settings") return { page };
  return page === "tickets" && id ? { page: "ticket", id: decodeURIComponent(id) } : { page: "tickets" };
}

export function go(to: Route): void {
  if (pathOf(to) !== location.pathname) history.pushState(null, "", pathOf(to));
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

/** A plain link: opening in a new tab and copying work; a simple click stays on the page. */
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
