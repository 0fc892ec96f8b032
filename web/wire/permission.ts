// The browser's permission to show notifications, as a signal that follows changes in the browser's settings.
import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";

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
  /** Whether to offer the person to allow notifications: the browser has never asked, and the person has not put it off. */
  readonly offered: ReadonlySignal<boolean>;
  #state = signal(permissionNow());
  #later: Signal<boolean>;
  #stopped = new AbortController();
  #storage: Storage | null;
  #key: string;

  /** `key`: where the storage keeps that the person put it off. */
  constructor(storage: Storage | null, key: string) {
    this.#storage = storage;
    this.#key = key;
    this.#later = signal(storage?.getItem(key) === "later");
    this.state = this.#state;
    this.offered = computed(() => this.#state.value === "NOTIFICATION_PERMISSION_DEFAULT" && !this.#later.value);
  }

  /** The person puts it off, in this browser. */
  later = (): void => {
    this.#later.value = true;
    try {
      this.#storage?.setItem(this.#key, "later");
    } catch (error) {
      console.warn("not kept:", error); // the next page offers it again
    }
  };

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
