// The parts of a browser that jsdom lacks: notifications, service workers, sound that needs a click.
import { vi } from "vitest";

import type { ShowOptions } from "../shown.ts";

export class FakeRegistration {
  shown: { title: string; tag: string; data: unknown; options: ShowOptions; close: () => void }[] = [];
  refuses = "";
  subscription: PushSubscription | null = null;
  /** Never answers, as without a reachable push service. */
  pushHangs = false;
  readonly pushManager = {
    getSubscription: async () => this.subscription,
    subscribe: async () => (this.pushHangs ? new Promise<never>(() => undefined) : (this.subscription = fakeSubscription(this))),
  };

  async showNotification(title: string, options: ShowOptions): Promise<void> {
    if (this.refuses) throw new TypeError(this.refuses);
    const tag = options.tag ?? "";
    const close = (): void => void (this.shown = this.shown.filter((one) => one !== entry));
    const entry = { title, tag, data: options.data, options, close };
    this.shown = [...this.shown.filter((one) => one.tag !== tag), entry];
  }

  async getNotifications({ tag }: { tag?: string } = {}) {
    return this.shown.filter((one) => tag === undefined || one.tag === tag);
  }

  get real(): ServiceWorkerRegistration {
    return this as unknown as ServiceWorkerRegistration;
  }

  get titles(): string[] {
    return this.shown.map((one) => one.title);
  }
}

function fakeSubscription(registration: FakeRegistration): PushSubscription {
  const bytes = (text: string) => new TextEncoder().encode(text).buffer;
  const unsubscribe = async () => ((registration.subscription = null), true);
  return {
    endpoint: "https://push.test/1",
    options: { applicationServerKey: null, userVisibleOnly: true },
    getKey: (name: string) => bytes(name),
    unsubscribe,
  } as unknown as PushSubscription;
}

/** Service workers, locks, and the person's answer to the permission prompt. Undone by vi.unstubAllGlobals. */
export function withNotifications(permission: NotificationPermission, answer: NotificationPermission = permission): void {
  const state = { permission, requestPermission: async () => (state.permission = state.permission === "default" ? answer : state.permission) };
  vi.stubGlobal("Notification", state);
  Object.defineProperty(navigator, "serviceWorker", { configurable: true, value: new EventTarget() });
  Object.defineProperty(navigator, "locks", { configurable: true, value: new FakeLocks() });
}

class FakeLocks {
  #tails = new Map<string, Promise<unknown>>();

  request<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const mine = (this.#tails.get(name) ?? Promise.resolve()).then(work, work);
    this.#tails.set(name, mine);
    return mine;
  }
}

/** Sound plays only after allow(). `played` are the files' names, without the silence that tries it out. */
export function fakeSound(blocked = false): { played: string[]; allow: () => void } {
  const sound = { played: [] as string[], blocked, allow: () => void (sound.blocked = false) };
  vi.spyOn(HTMLMediaElement.prototype, "play").mockImplementation(async function (this: HTMLMediaElement) {
    if (sound.blocked) throw new DOMException("play() failed", "NotAllowedError");
    const name = /(\w+)\.wav/.exec(this.src)?.[1];
    if (name) sound.played.push(name);
  });
  return sound;
}
