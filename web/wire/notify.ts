// The page's part in notifications: what it reports of itself, what it does with a notification, the person's preferences, Web Push.
import { computed, effect, signal, type ReadonlySignal } from "@preact/signals";

import { BrowserOwner, browserIdOf } from "./browser_owner.ts";
import type { App } from "./model.ts";
import { NotificationPage, type Reported } from "./notifications.ts";
import { OnceInBrowser } from "./once.ts";
import { PageStateReporter } from "./page_state.ts";
import { Permission } from "./permission.ts";
import type { PersonStorage } from "./person_storage.ts";
import { type Preferences, PreferencesOfPerson } from "./preferences.ts";
import type { Delivery, DeliveryOutcome, ParleyNotification, ReportedPermission, SessionCard, SignIn } from "./proto.ts";
import { isIn } from "./reads.ts";
import type { Rest } from "./rest.ts";
import type { ClickMessage } from "./shown.ts";
import type { Leaving } from "./sign_in.ts";
import type { OwnFrame } from "./socket.ts";
import { Sounds, type SoundResult } from "./sound.ts";
import { type SubscribeResult, WebPush } from "./web_push.ts";
import { type Database, WorkerDataStore } from "./worker_data.ts";

export interface Notify {
  readonly preferences: ReadonlySignal<Preferences>;
  readonly permission: ReadonlySignal<ReportedPermission>;
  /** The browser plays no sound before a click, and the person wants sounds. */
  readonly soundBlocked: ReadonlySignal<boolean>;
  loadPreferences(): Promise<Preferences>;
  /** Applies at once. Rejects, with the saved preferences back, if they cannot be saved. */
  changePreferences(change: Partial<Preferences>): Promise<void>;
  /** Applies when it is saved. Rejects if it cannot be saved. */
  chooseLanguage(language: string): Promise<void>;
  /** Whether to offer the person to allow notifications. */
  readonly permissionOffered: ReadonlySignal<boolean>;
  /** Only a click may call it. */
  askPermission(): Promise<ReportedPermission>;
  /** Ends the offer in this browser. */
  askLater(): void;
  /** Only a click may call it. */
  enableSound(): Promise<boolean>;
  playSound(name: string): Promise<SoundResult>;
  /** Reports the chats whose windows are open and not minimised. */
  chatsInView(ids: readonly string[]): void;
  /** Whether this browser has a Web Push subscription. */
  readonly subscribed: ReadonlySignal<boolean>;
  subscribe(): Promise<SubscribeResult>;
  unsubscribe(): Promise<void>;
  /** Sends a test notification to this page, or to this browser by Web Push; returns the delivery's id. */
  test(to: "page" | { endpoint: string }): Promise<string>;
  delivery(id: string): Promise<Delivery>;
  /** A shown notification was clicked, and the service worker leaves the rest to this page. */
  onClick(listener: (click: ClickMessage) => void): () => void;
}

export type NotifyOptions = {
  app: App;
  rest: Rest;
  storage: Storage | null;
  send: (frame: OwnFrame) => boolean;
  /** Registers the app's service worker. Without it, nothing is shown outside the page. */
  register?: () => Promise<ServiceWorkerRegistration>;
  /** For what the service worker reads. The default is IndexedDB. */
  database?: Database;
};

/** Whether this change of a session ends what was shown of it: the person joined, or a push chat was answered or ended. */
export function endsNotifications(before: SessionCard | undefined, card: SessionCard, me: string): boolean {
  const answered = before?.type === "CHAT_TYPE_PUSH" && before.status === "CHAT_STATUS_WAITING" && card.status !== "CHAT_STATUS_WAITING";
  return answered || (isIn(card, me) && !(before && isIn(before, me)));
}

export class NotifyPage {
  readonly api: Notify;
  #options: NotifyOptions;
  #sounds = new Sounds();
  #permission: Permission;
  #sessionIds = signal<readonly string[]>([]);
  #preferences: PreferencesOfPerson;
  #push: WebPush;
  #owner: BrowserOwner;
  #page: NotificationPage;
  #state: PageStateReporter;
  #connectionId = "";
  #registration: Promise<ServiceWorkerRegistration | null> | null = null;
  #stops: (() => void)[] = [];

  constructor(options: NotifyOptions) {
    const { app, rest, storage, send, database } = options;
    this.#options = options;
    const browserId = browserIdOf(app, storage);
    this.#permission = new Permission(storage, `parley:${app}:permission`);
    this.#preferences = new PreferencesOfPerson(rest);
    this.#push = new WebPush({ rest, registration: this.#registered, browserId });
    const once = new OnceInBrowser(storage, `parley:${app}:notified`);
    this.#page = new NotificationPage({
      report: this.#report,
      play: (notification) => this.#play(soundOf(notification, this.#preferences.current.peek())),
      registration: this.#registered,
      once,
    });
    this.#owner = new BrowserOwner({ app, storage, browserId, push: this.#push, page: this.#page, once, kept: new WorkerDataStore(app, database) });
    this.#state = new PageStateReporter({
      permission: this.#permission.state,
      soundAllowed: this.#sounds.allowed,
      sessionIds: this.#sessionIds,
      browserId,
      send: (state) => send({ t: "pageState", ...state }),
    });
    this.api = this.#makeApi();
  }

  start(): void {
    if (this.#stops.length) return;
    this.#sounds.start();
    this.#permission.start();
    this.#state.start();
    this.#stops = [() => this.#sounds.stop(), () => this.#permission.stop(), () => this.#state.stop()];
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** A Welcome has arrived. */
  connected(connectionId = ""): void {
    this.#connectionId = connectionId;
    this.#state.connected();
  }

  /** The page knows who is signed in, for the first time. */
  begin(signIn: SignIn | undefined, kept: PersonStorage): void {
    this.#preferences.begin(kept);
    const taken = this.#owner.take(signIn);
    const changed = ({ key }: StorageEvent): void => void (key?.endsWith(":preferences") && this.#preferences.reread());
    addEventListener("storage", changed);
    this.#stops.push(() => removeEventListener("storage", changed));
    void taken.then(() => this.#push.look());
    // Without the saved preferences the kept ones apply, or the defaults.
    Promise.all([this.#preferences.load(), taken]).then(() => this.#keepSubscribed(), () => undefined);
  }

  receive(notification: ParleyNotification, card?: SessionCard): void {
    void this.#page.receive(notification, card);
  }

  /** /start has answered with the current cards. */
  started(cards: ReadonlyMap<string, SessionCard>): void {
    void this.#page.current(cards);
  }

  /** An alert of the session was withdrawn. */
  withdrawn(sessionId: string): void {
    void this.#page.withdrawn(sessionId);
  }

  /** The person has joined or read the session, here or elsewhere. */
  closeOfSession(sessionId: string): void {
    void this.#page.closeOfSession(sessionId);
  }

  /** Ends the Web Push subscription, which needs the sign-in. */
  signingOut(): Promise<void> {
    return this.#push.unsubscribe();
  }

  /** The page leaves, and its person is signed out of this browser, unless the page only reloads. */
  left(why: Leaving): Promise<void> {
    return this.#owner.left(why);
  }

  #makeApi(): Notify {
    const { rest } = this.#options;
    return {
      preferences: this.#preferences.current,
      permission: this.#permission.state,
      soundBlocked: computed(() => this.#sounds.blocked.value && this.#preferences.current.value.sound),
      loadPreferences: () => this.#preferences.load(),
      changePreferences: (change) => this.#preferences.change(change),
      chooseLanguage: (language) => this.#preferences.chooseLanguage(language),
      permissionOffered: computed(() => this.#permission.offered.value && this.#preferences.current.value.browserNotifications),
      askLater: this.#permission.later,
      askPermission: () => this.#permission.ask(),
      enableSound: () => this.#sounds.unlock(),
      playSound: (name) => this.#play(name),
      chatsInView: (ids) => (this.#sessionIds.value = ids),
      subscribed: this.#push.subscribed,
      subscribe: () => this.#push.subscribe(),
      unsubscribe: () => this.#push.unsubscribe(),
      test: async (to) => {
        const body = to === "page" ? { connectionId: this.#connectionId } : to;
        return (await rest.write<{ deliveryId?: string }>("POST", "/test-notification", body)).deliveryId ?? "";
      },
      delivery: async (id) => (await rest.get<{ delivery?: Delivery }>(pathOf(id))).delivery ?? {},
      onClick: (listener) => {
        const workers = navigator.serviceWorker;
        const received = ({ data }: MessageEvent): void => {
          if ((data as ClickMessage | null)?.t === "notificationClick") listener(data as ClickMessage);
        };
        workers?.addEventListener("message", received);
        return () => workers?.removeEventListener("message", received);
      },
    };
  }

  #play(name: string): Promise<SoundResult> {
    return this.#sounds.play(name, this.#preferences.current.peek().volume);
  }

  #report = ({ deliveryId = "", place = "" }: Reported, outcome: DeliveryOutcome, reason = ""): void => {
    if (this.#options.send({ t: "delivery", deliveryId, outcome, reason, place })) return;
    // The connection was lost meanwhile.
    this.#options.rest.write("POST", pathOf(deliveryId), { outcome, reason, place }).catch(() => undefined);
  };

  #registered = (): Promise<ServiceWorkerRegistration | null> => {
    const { register } = this.#options;
    this.#registration ??= register && "serviceWorker" in navigator ? register().catch(notRegistered) : Promise.resolve(null);
    return this.#registration;
  };

  #keepSubscribed(): void {
    this.#stops.push(
      effect(() => {
        const granted = this.#permission.state.value === "NOTIFICATION_PERMISSION_GRANTED";
        if (granted && this.#preferences.current.value.pushWhenAway) void this.#owner.confirmSubscription();
      }),
    );
  }
}

function notRegistered(error: unknown): null {
  console.warn("no service worker:", error);
  return null;
}

function soundOf({ kind }: ParleyNotification, { chatSound, messageSound }: Preferences): string {
  return kind === "NOTIFICATION_KIND_MESSAGE" ? messageSound : chatSound;
}

function pathOf(deliveryId: string): string {
  return `/deliveries/${encodeURIComponent(deliveryId)}`;
}
