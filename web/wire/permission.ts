// The browser's permission to show notifications, as a signal that follows changes in the browser's settings.
import { signal, type ReadonlySignal } from "@preact/signals";

import type { ReportedPermission } from "./proto.ts";

const NAMES: Record<NotificationPermission, ReportedPermission> = {
  default: "NOTIFICATION_PERMISSION_DEFAULT",
  granted: "NOTIFICATION_PERMISSION_GRANTED",
  denied: "NOTIFICATION_PERMISSION_DENIED",
};

/** Browsers have no notifications on an insecure address, and on some phones only in an installed app. */
function permissionNow(): ReportedPermission {
  return "Notification" in globalThis ? (NAMES[Notification.permission] ?? NAMES.default) : "NOTIFICATION_PERMISSION_UNSUPPORTED";
}

export class Permission {
  readonly state: ReadonlySignal<ReportedPermission>;
  #state = signal(permissionNow());
  #stopped = new AbortController();

  constructor() {
    this.state = this.#state;
  }

  start(): void {
    const update = (): void => void (this.#state.value = permissionNow());
    update();
    const { signal } = this.#stopped;
    // Not every browser reports the change, so the page also looks when the person comes back to it.
    addEventListener("focus", update, { signal });
    navigator.permissions?.query({ name: "notifications" }).then((status) => status.addEventListener("change", update, { signal }), () => undefined);
  }

  stop(): void {
    this.#stopped.abort();
    this.#stopped = new AbortController();
  }

  /** Asks the person. Only a click may call it. */
  async ask(): Promise<ReportedPermission> {
    if ("Notification" in globalThis) await Notification.requestPermission();
    return (this.#state.value = permissionNow());
  }
}
