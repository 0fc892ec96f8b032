// The sign-in that this page began with (spec 10.8). Each call and each socket names it, because the browser's cookie may since be
// somebody else's; a page that no longer holds its sign-in leaves.
import type { App } from "./model.ts";

/** Why a page leaves: "renewed" = the same person has signed in again in this browser, so that loading the page anew is enough. */
export type Leaving = "signed_out" | "ended" | "other" | "renewed";

export class PageSignIn {
  #id = "";
  #left = false;
  #leave: (why: Leaving) => void;

  constructor(leave: (why: Leaving) => void) {
    this.#leave = leave;
  }

  /** Empty until the server has named it. */
  get id(): string {
    return this.#id;
  }

  /** The server names the sign-in behind the cookie: the first one is the page's own. False when it is another one. */
  begin(id: string | undefined): boolean {
    this.#id ||= id ?? "";
    return !id || id === this.#id;
  }

  /** Leaves once; what comes later has no say. */
  leave(why: Leaving): void {
    if (this.#left) return;
    this.#left = true;
    this.#leave(why);
  }
}

/** The sign-in page's address, which says why one comes and where one was. */
export function signInAddress(app: App, why: Leaving, from = location.pathname + location.search): string {
  const query = new URLSearchParams({ app });
  if (why !== "signed_out") {
    query.set("why", why);
    query.set("to", from);
  }
  return `/sign-in?${query}`;
}

export function leavePage(app: App, why: Leaving): void {
  if (why === "renewed") location.reload();
  else location.assign(signInAddress(app, why));
}
