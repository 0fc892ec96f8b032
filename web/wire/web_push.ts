// The Web Push subscription of this browser (spec 5.8).
import { signal, type ReadonlySignal } from "@preact/signals";

import type { Rest } from "./rest.ts";

/** "unavailable": this browser or its network has no push service. "refused": the server did not accept it. */
export type SubscribeResult = { ok: true; endpoint: string } | { ok: false; why: "not_permitted" | "unavailable" | "refused" };

export type WebPushOptions = {
  rest: Rest;
  registration: () => Promise<ServiceWorkerRegistration | null>;
  browserId: string;
};

/** How long subscribing may take, in ms. Without a reachable push service, some browsers never answer. */
export const MAX_WAIT = 10_000;
const MAX_AT_SIGN_OUT = 3_000;

export class WebPush {
  /** Whether this browser has a subscription; false until look(). */
  readonly subscribed: ReadonlySignal<boolean>;
  #subscribed = signal(false);
  #options: WebPushOptions;

  constructor(options: WebPushOptions) {
    this.#options = options;
    this.subscribed = this.#subscribed;
  }

  async look(): Promise<void> {
    this.#subscribed.value = (await this.#current()) !== null;
  }

  /** Ends the subscription in the browser alone: it was another person's. Push services then answer the server that it no longer exists. */
  async drop(): Promise<void> {
    await (await this.#current())?.unsubscribe().catch(() => false);
  }

  async #current(): Promise<PushSubscription | null> {
    const manager = (await this.#options.registration())?.pushManager;
    return (await manager?.getSubscription().catch(() => null)) ?? null;
  }

  /** Subscribes this browser, or confirms its subscription, and stores it with the server. The permission must have been granted. */
  async subscribe(): Promise<SubscribeResult> {
    const manager = (await this.#options.registration())?.pushManager;
    if (!manager) return { ok: false, why: "unavailable" };
    if (Notification.permission !== "granted") return { ok: false, why: "not_permitted" };
    let key: string;
    try {
      key = (await this.#options.rest.get<{ publicKey?: string }>("/push-key")).publicKey ?? "";
    } catch {
      return { ok: false, why: "refused" };
    }
    const subscription = await within(MAX_WAIT, subscribed(manager, key));
    if (!subscription) return { ok: false, why: "unavailable" };
    try {
      await this.#options.rest.write("POST", "/subscriptions", subscriptionBody(subscription, this.#options.browserId));
      this.#subscribed.value = true;
      return { ok: true, endpoint: subscription.endpoint };
    } catch {
      return { ok: false, why: "refused" };
    }
  }

  /** Ends the subscription here and at the server. Does not wait for long, because a sign-out waits for it. */
  async unsubscribe(): Promise<void> {
    await within(MAX_AT_SIGN_OUT, this.#end());
  }

  async #end(): Promise<void> {
    const subscription = await this.#current();
    this.#subscribed.value = false;
    if (!subscription) return;
    const { endpoint } = subscription;
    await Promise.all([subscription.unsubscribe(), this.#options.rest.write("POST", "/subscriptions/remove", { endpoint })]);
  }
}

/** A subscription made with another key of the server is replaced. */
async function subscribed(manager: PushManager, key: string): Promise<PushSubscription> {
  const before = await manager.getSubscription();
  if (before && keyOf(before) !== key) await before.unsubscribe();
  return manager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

function keyOf({ options }: PushSubscription): string {
  return base64url(options.applicationServerKey);
}

/** The body of POST /subscriptions. */
export function subscriptionBody(subscription: PushSubscription, browserId: string): object {
  const [p256dh, auth] = (["p256dh", "auth"] as const).map((name) => base64url(subscription.getKey(name)));
  return { endpoint: subscription.endpoint, p256dh, auth, browserId };
}

function base64url(bytes: ArrayBuffer | null): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes ?? new ArrayBuffer(0))));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Null if the work fails or takes longer than `milliseconds`. */
export async function within<Result>(milliseconds: number, work: Promise<Result>): Promise<Result | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), milliseconds);
  });
  return Promise.race([work.catch(() => null), late]).finally(() => clearTimeout(timer));
}
