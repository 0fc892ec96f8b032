// The sign-in that this page began with (spec 10.8). Each call and each socket names it, because the browser's cookie may since be
// somebody else's; a page that no longer holds its sign-in leaves.
import type { App } from "./model.ts";

/** Why a page leaves: "renewed" = the same person has signed in again in this browser, so that loading the page anew is enough. */
export type Leaving = "signed_out" | "ended" | "other" | "renewed";

type Options = {
  storage: Storage | null;
  key: string; // of the sign-in that the browser holds
  /** A call, which is refused where the page's sign-in is not the browser's any more. */
  check: () => void;
  /** Who is signed in in this browser now. */
  whoNow: () => Promise<string | undefined>;
  isMe: (personId: string) => boolean;
  /** Ends the line and what would ask again: nothing more is sent. */
  disconnect: () => void;
  leave: (why: Leaving) => void;
};

const REASON_WITHIN = 2_000;

export class PageSignIn {
  #id = "";
  #left = false;
  #stop: (() => void) | undefined;
  #options: Options;

  constructor(options: Options) {
    this.#options = options;
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

  /** Tells the browser's other pages of this app which sign-in it holds now, and asks when one of them says so of another. */
  share(): void {
    if (this.#stop) return;
    const { storage, key, check } = this.#options;
    const changed = (event: StorageEvent): void => {
      if (event.key === key && event.newValue && event.newValue !== this.#id) check();
    };
    try {
      storage?.setItem(key, this.#id);
    } catch (error) {
      console.warn("not kept:", error); // then the next call finds out
    }
    addEventListener("storage", changed);
    this.#stop = () => removeEventListener("storage", changed);
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  /** The browser no longer holds the page's sign-in. */
  lost(why: Leaving): void {
    if (why !== "other") return this.leave(why);
    const { whoNow, isMe, disconnect } = this.#options;
    disconnect(); // it takes a while to find out who is signed in, and the line may be theirs
    void whoNow().then((personId) => this.leave(personId && isMe(personId) ? "renewed" : "other"), () => this.leave("other"));
  }

  /** The line was closed as signed out, which does not say why; a call does, as a rule, and leads to `lost`. */
  socketClosed(asked: Promise<unknown>): void {
    asked.catch(() => undefined);
    setTimeout(() => this.leave("ended"), REASON_WITHIN);
  }

  /** Leaves once; what comes later has no say. */
  leave(why: Leaving): void {
    if (this.#left) return;
    this.#left = true;
    this.stop();
    if (why === "signed_out") this.#options.storage?.removeItem(this.#options.key);
    this.#options.disconnect();
    this.#options.leave(why);
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
