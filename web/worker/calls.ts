// The service worker's calls to the gateway: with the cookie, and the sign-in that a page has left for it.
import { newId } from "../wire/ids.ts";
import { toJson } from "../wire/text.ts";
import type { App } from "../wire/model.ts";
import type { DeliveryOutcome } from "../wire/proto.ts";
import type { Reported } from "../wire/notifications.ts";
import type { ShownData } from "../wire/shown.ts";
import type { WorkerData } from "../wire/worker_data.ts";

const MAX_WAIT = 8_000;

export class Calls {
  #app: App;
  #data: () => Promise<WorkerData | undefined>;
  #fetch: typeof fetch;

  constructor(app: App, data: () => Promise<WorkerData | undefined>, fetch: typeof globalThis.fetch) {
    this.#app = app;
    this.#data = data;
    this.#fetch = fetch;
  }

  /** False if the server refused or did not answer, or nobody is signed in. */
  async report({ deliveryId, place = "" }: Reported, outcome: DeliveryOutcome, reason = ""): Promise<boolean> {
    if (!deliveryId) return false;
    return (await this.#call("POST", `/deliveries/${encodeURIComponent(deliveryId)}`, { outcome, reason: reason.slice(0, 200), place })) !== null;
  }

  async join({ sessionId, kind }: ShownData): Promise<boolean> {
    // An invited engineer need not be the first.
    const mode = kind === "NOTIFICATION_KIND_INVITED" ? "JOIN_MODE_ALSO" : "JOIN_MODE_TAKE";
    return (await this.#call("POST", `/sessions/${encodeURIComponent(sessionId)}/join`, { commandId: newId(), mode })) !== null;
  }

  async dismiss(sessionId: string): Promise<boolean> {
    return (await this.#call("POST", `/alerts/${encodeURIComponent(sessionId)}/dismiss`, {})) !== null;
  }

  async pushKey(): Promise<string | null> {
    return ((await this.#call("GET", "/push-key")) as { publicKey?: string } | null)?.publicKey ?? null;
  }

  async subscribe(body: object): Promise<boolean> {
    return (await this.#call("POST", "/subscriptions", body)) !== null;
  }

  async #call(method: "GET" | "POST", path: string, body?: object): Promise<unknown> {
    const data = await this.#data();
    if (!data) return null;
    try {
      const response = await this.#fetch(`/${this.#app}/api${path}`, {
        method,
        credentials: "same-origin",
        cache: "no-store",
        signal: AbortSignal.timeout(MAX_WAIT),
        headers: { "Parley-Sign-In": data.signInId, ...(body && { "Content-Type": "application/json" }) },
        ...(body && { body: toJson(body) }),
      });
      if (!response.ok) return null;
      return response.status === 204 ? {} : await response.json();
    } catch {
      return null;
    }
  }
}
