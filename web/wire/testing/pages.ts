import { afterEach, beforeEach, vi } from "vitest";

import type { SessionView, Store } from "../model.ts";
import { createStore, type StoreOptions } from "../store.ts";
import { FakeServer } from "./fake_server.ts";

export const signedOut = vi.fn();
/** The running test's server. */
export let server: FakeServer;
let stores: Store[] = [];

/** Gives each test of a file a server and fake timers. */
export function withServer(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    localStorage.clear();
    signedOut.mockClear();
    server = new FakeServer();
    stores = [];
  });

  afterEach(() => {
    for (const store of stores) store.stop();
    vi.useRealTimers();
  });
}

/** A Portal page that is not started yet. */
export function unstartedPage(options: StoreOptions = {}): Store {
  const store = createStore("portal", { fetch: server.fetch, WebSocket: server.WebSocket, onSignedOut: signedOut, ...options });
  stores.push(store);
  return store;
}

export async function page(options: StoreOptions = {}): Promise<Store> {
  const store = unstartedPage(options);
  store.start();
  await pass(100);
  return store;
}

export const pass = (milliseconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);
export const view = (store: Store): SessionView => store.sessions.value.get("s1") as SessionView;
export const texts = (store: Store): string[] => view(store).lines.flatMap((line) => (line.kind === "message" ? [line.text] : []));

export async function pageInChat(): Promise<Store> {
  server.open("s1");
  return page();
}
