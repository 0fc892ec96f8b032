// What this page reports of itself (spec 5.4): the server uses it to choose the best page for a notification.
import { effect, type ReadonlySignal } from "@preact/signals";

import { INSTALLED } from "./activity.ts";
import type { PageState, ReportedPermission } from "./proto.ts";

const COLLECTED_FOR = 200;
const MAX_SESSIONS = 50;

export type PageStateOptions = {
  permission: ReadonlySignal<ReportedPermission>;
  soundAllowed: ReadonlySignal<boolean>;
  /** The chats whose windows are open and not minimised. */
  sessionIds: ReadonlySignal<readonly string[]>;
  browserId: string;
  /** False without a connection. */
  send: (state: PageState) => boolean;
};

/** Reports the state after each Welcome and when it changes: visibility and focus at once, the rest together after 200 ms. */
export class PageStateReporter {
  #options: PageStateOptions;
  #sent = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #installed = matchMedia(INSTALLED);
  #stops: (() => void)[] = [];

  constructor(options: PageStateOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#stops.length) return;
    const atOnce = (): void => this.#report();
    const soon = (): void => {
      this.#timer ??= setTimeout(atOnce, COLLECTED_FOR);
    };
    document.addEventListener("visibilitychange", atOnce);
    for (const name of ["focus", "blur"]) addEventListener(name, atOnce);
    this.#installed.addEventListener("change", soon);
    const { permission, soundAllowed, sessionIds } = this.#options;
    this.#stops = [
      effect(() => {
        void [permission.value, soundAllowed.value, sessionIds.value];
        soon();
      }),
      () => {
        document.removeEventListener("visibilitychange", atOnce);
        for (const name of ["focus", "blur"]) removeEventListener(name, atOnce);
        this.#installed.removeEventListener("change", soon);
        clearTimeout(this.#timer);
        this.#timer = undefined;
      },
    ];
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** A new connection: the server knows nothing of this page yet. */
  connected(): void {
    this.#sent = "";
    this.#report();
  }

  #report(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const state = this.#state();
    const text = JSON.stringify(state);
    if (text !== this.#sent && this.#options.send(state)) this.#sent = text;
  }

  #state(): PageState {
    const { permission, soundAllowed, sessionIds, browserId } = this.#options;
    const visible = document.visibilityState === "visible";
    return {
      visible,
      focused: visible && document.hasFocus(),
      installed: this.#installed.matches,
      permission: permission.peek(),
      soundAllowed: soundAllowed.peek(),
      sessionIds: [...sessionIds.peek()].sort().slice(0, MAX_SESSIONS),
      browserId,
    };
  }
}
