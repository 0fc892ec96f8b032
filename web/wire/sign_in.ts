// The sign-in that this page began with (spec 10.8). Each call and socket names it, because the browser's cookie may now belong to
// somebody else. A page that no longer holds its sign-in leaves.
import type { App } from "./model.ts";

/** Why a page leaves. "renewed": the same person has signed in again in this browser, so reloading the page is enough. */
export type Leaving = "signed_out" | "ended" | "other" | "renewed";

type Options = {
  storage: Storage | null;
  key: string; // storage key of the browser's sign-in
  /** Makes a call that is refused if the page's sign-in is no longer the browser's. */
  check: () => void;
  /** The id of the person who is signed in in this browser. */
  whoNow: () => Promise<string | undefined>;
  isMe: (personId: string) => boolean;
  /** Closes the socket and stops retries. Nothing more is sent. */
  disconnect: () => void;
  leave: (why: Leaving) => void;
  /** Another tab of this browser has signed out: removes what this tab keeps of the person. */
  forget: () => void;
};

const REASON_WITHIN = 2_000;

export class PageSignIn {
  #id = "";
  #left = false;
  #signingOut = false;
  #endedMeanwhile: (() => void) | undefined;
  #stop: (() => void) | undefined;
  #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Empty until the server has named it. */
  get id(): string {
    return this.#id;
  }

  /** Takes the sign-in id that the server reports. The first one is the page's own. False if it is another one. */
  begin(id: string | undefined): boolean {
    this.#id ||= id ?? "";
    return !id || id === this.#id;
  }

  /** Shares the sign-in id with the app's other pages in this browser. Checks when one of them shares another, and forgets when one has
   * signed out. */
  share(): void {
    if (this.#stop) return;
    const { storage, key, check, forget } = this.#options;
    const changed = (event: StorageEvent): void => {
      if (event.key !== key || event.newValue === this.#id) return;
      if (event.newValue) check();
      else forget();
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

  /** Signs out by `end`, which ends the sign-in at the server, and leaves. The server may close the socket before its answer arrives, which
   * has the provider's page to go to. So the page leaves for the answer alone, and for the end of its sign-in only when `end` fails. */
  async signOut(end: () => Promise<void>): Promise<void> {
    this.#signingOut = true;
    try {
      await end();
    } catch (error) {
      this.#signingOut = false;
      this.#endedMeanwhile?.();
      throw error;
    }
    this.leave("signed_out");
  }

  /** The browser no longer holds the page's sign-in. */
  lost(why: Leaving): void {
    if (why === "ended" && this.#signingOut) {
      this.#endedMeanwhile = () => this.leave("ended");
      return;
    }
    if (why !== "other") return this.leave(why);
    const { whoNow, isMe, disconnect } = this.#options;
    disconnect(); // finding out who is signed in takes time, and the socket may be theirs
    void whoNow().then((personId) => this.leave(personId && isMe(personId) ? "renewed" : "other"), () => this.leave("other"));
  }

  /** The socket was closed as signed out, without a reason. The check usually gets the reason and leads to `lost`. */
  socketClosed(): void {
    if (this.#signingOut) {
      this.#endedMeanwhile ??= () => this.socketClosed();
      return;
    }
    this.#options.check();
    setTimeout(() => this.leave("ended"), REASON_WITHIN);
  }

  /** Leaves once; later calls do nothing. */
  leave(why: Leaving): void {
    if (this.#left) return;
    this.#left = true;
    this.stop();
    if (why === "signed_out") this.#options.storage?.removeItem(this.#options.key);
    this.#options.disconnect();
    this.#options.leave(why);
  }
}

/** The sign-in page's address, with the reason and the page to return to. */
export function signInAddress(app: App, why: Leaving, from = location.pathname + location.search): string {
  const query = new URLSearchParams({ app });
  if (why !== "signed_out") {
    query.set("why", why);
    query.set("to", from);
  }
  return `/sign-in?${query}`;
}

/** `to`: the identity provider's page for signing out, which leads to the sign-in page. It is sent the fields of `form`, if there are any:
 * a token must not be in an address (spec 10.7). */
export function leavePage(app: App, why: Leaving, to = "", form: Record<string, string> = {}): void {
  const left = new AbortController();
  addEventListener("pagehide", () => left.abort(), { once: true });
  // Files that were not sent are no reason to stay: nothing can be sent any more, and the browser may be somebody else's.
  addEventListener("beforeunload", (event) => event.stopImmediatePropagation(), { capture: true, signal: left.signal });
  const signIn = signInAddress(app, why);
  if (why === "renewed") location.reload();
  else if (to && Object.keys(form).length) sendForm(to, form, () => location.assign(signIn), left.signal);
  else location.assign(to || signIn);
}

/** Calls `blocked` if the page's policy stops the form: it names the providers' origins of the time when the page was loaded, and the
 * settings may have changed since. `left` ends the waiting for that. */
function sendForm(action: string, fields: Record<string, string>, blocked: () => void, left: AbortSignal): void {
  const violated = (event: SecurityPolicyViolationEvent): void => {
    if (event.effectiveDirective === "form-action") blocked();
  };
  document.addEventListener("securitypolicyviolation", violated, { signal: left });
  const form = document.createElement("form");
  Object.assign(form, { action, method: "post", hidden: true });
  for (const [name, value] of Object.entries(fields)) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}
