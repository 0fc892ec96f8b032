// The service worker of an app: shows Web Push and reacts to clicks on notifications, also with no page open (spec 5.5, 5.8).
import type { App } from "../wire/model.ts";
import type { ParleyNotification } from "../wire/proto.ts";
import { isJoinable, type ClickAction, type ClickMessage, type ShownData, shownOf } from "../wire/shown.ts";
import { MAX_WAIT, subscriptionBody, within } from "../wire/web_push.ts";
import { type WorkerData, WorkerDataStore } from "../wire/worker_data.ts";
import { Calls } from "./calls.ts";
import type { NotificationEvent, SubscriptionChange, WindowClient, WorkerScope } from "./scope.ts";

/** How long the desktop may take to show a notification, in ms. */
export const SHOWN_WITHIN = 1_000;

/** The notification that a push carries; null for anything else, and for a push of a later version that is no notification. */
export function notificationOf(text: string): ParleyNotification | null {
  try {
    const found: unknown = JSON.parse(text);
    const record = found && typeof found === "object" && !Array.isArray(found) ? (found as Record<string, unknown>) : null;
    const texts = ["deliveryId", "kind", "sessionId", "title", "body", "picturePersonId", "personId", "tag", "place"].every((name) => ["string", "undefined"].includes(typeof record?.[name]));
    return record && texts ? (record as ParleyNotification) : null;
  } catch {
    return null;
  }
}

/** What may be shown of a notification: all of it to its person, and to anybody else only that there is something. */
export function shownTo(signedIn: WorkerData | undefined, notification: ParleyNotification): ParleyNotification {
  const { personId, close, tag } = notification;
  if (signedIn && personId === signedIn.personId && Date.now() < Date.parse(signedIn.expiresAt)) return notification;
  return close ? { close, tag } : {};
}

/** The window for a click: a focused one, else a visible one, else the first. Those of the other app do not count. */
export function bestWindow(windows: readonly WindowClient[], app: App): WindowClient | undefined {
  const own = windows.filter(({ url }) => new URL(url).pathname.startsWith(`/${app}/`));
  return own.find((one) => one.focused) ?? own.find((one) => one.visibilityState === "visible") ?? own[0];
}

/** The app's address that opens a chat, and with "join" joins it. */
export function chatAddress(app: App, sessionId: string, act: ClickAction): string {
  if (!sessionId) return `/${app}/`;
  return `/${app}/?${new URLSearchParams({ chat: sessionId, ...(act === "join" && { act }) })}`;
}

export class ParleyWorker {
  #app: App;
  #scope: WorkerScope;
  #data: () => Promise<WorkerData | undefined>;
  #calls: Calls;

  constructor(app: App, scope: WorkerScope, data = (): Promise<WorkerData | undefined> => new WorkerDataStore(app).read()) {
    this.#app = app;
    this.#scope = scope;
    this.#data = data;
    this.#calls = new Calls(app, data, (...args) => scope.fetch(...args));
  }

  start(): void {
    const scope = this.#scope;
    scope.addEventListener("install", (event) => event.waitUntil(scope.skipWaiting()));
    scope.addEventListener("activate", (event) => event.waitUntil(scope.clients.claim()));
    scope.addEventListener("push", (event) => event.waitUntil(this.pushed(event.data?.text() ?? "")));
    scope.addEventListener("notificationclick", (event) => event.waitUntil(this.clicked(event)));
    scope.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(this.resubscribe(event)));
  }

  /** Browsers require that each push shows something, so one that only closes a notification first replaces it. If there is none to
   * replace, because it was clicked here, Chromium on Linux does not close what the desktop has not shown yet. */
  async pushed(text: string): Promise<void> {
    const data = await this.#data();
    const notification = shownTo(data, notificationOf(text) ?? {});
    const { registration } = this.#scope;
    try {
      const { title, options } = await shownOf(notification, notification.close || notification.sound === false, data?.language ?? "en");
      const replaces = notification.close && (await registration.getNotifications({ tag: options.tag })).length > 0;
      await registration.showNotification(title, options);
      if (!notification.close) return void (await this.#calls.report(notification, "DELIVERY_OUTCOME_SHOWN"));
      if (!replaces) await new Promise((resolve) => setTimeout(resolve, SHOWN_WITHIN));
      const isOwn = ({ data }: Notification) => (data as ShownData | null)?.deliveryId === options.data?.deliveryId;
      for (const one of (await registration.getNotifications({ tag: options.tag })).filter(isOwn)) one.close();
    } catch (error) {
      await this.#calls.report(notification, "DELIVERY_OUTCOME_FAILED", `The browser did not show it: ${(error as Error).message}`);
    }
  }

  /** Joins or dismisses without a page. What the server refuses, the page tries again, and shows why. */
  async clicked({ notification, action }: Pick<NotificationEvent, "notification" | "action">): Promise<void> {
    notification.close();
    const data: ShownData = { deliveryId: "", place: "", sessionId: "", kind: "NOTIFICATION_KIND_UNSPECIFIED", ...notification.data };
    const signedIn = await this.#data();
    if (data.personId && data.personId !== signedIn?.personId) return this.#openApp("", "open");
    const asked = isJoinable(data.kind) && (action === "join" || action === "dismiss") ? action : "open";
    const reported = this.#calls.report(data, "DELIVERY_OUTCOME_CLICKED", asked);
    if (asked === "dismiss") {
      if (!(await this.#calls.dismiss(data.sessionId))) await this.#openApp(data.sessionId, "dismiss");
    } else if (asked === "join") {
      await this.#openApp(data.sessionId, (await this.#calls.join(data)) ? "open" : "join");
    } else {
      await this.#openApp(data.sessionId, "open");
    }
    await reported;
  }

  /** The browser or its push service has replaced the subscription. */
  async resubscribe({ newSubscription, oldSubscription }: Pick<SubscriptionChange, "newSubscription" | "oldSubscription">): Promise<void> {
    const data = await this.#data();
    if (!data) return;
    const subscription = newSubscription ?? (await this.#subscribe(oldSubscription?.options.applicationServerKey));
    // Without one a page subscribes again, within a day.
    if (subscription) await this.#calls.subscribe(subscriptionBody(subscription, data.browserId));
  }

  async #subscribe(key: ArrayBuffer | null | undefined): Promise<PushSubscription | null> {
    const applicationServerKey = key ?? (await this.#calls.pushKey());
    if (!applicationServerKey) return null;
    return within(MAX_WAIT, this.#scope.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey }));
  }

  async #openApp(sessionId: string, act: ClickAction): Promise<void> {
    const { clients } = this.#scope;
    const window = bestWindow(await clients.matchAll({ type: "window", includeUncontrolled: true }), this.#app);
    if (!window) return void (await clients.openWindow(chatAddress(this.#app, sessionId, act)));
    const message: ClickMessage = { t: "notificationClick", sessionId, act };
    window.postMessage(message);
    // Browsers allow the focus only for a short time after the click; the chat opens anyway.
    await window.focus().catch(() => undefined);
  }
}
