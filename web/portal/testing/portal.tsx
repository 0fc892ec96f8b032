// Renders the Portal with a fake gateway, for tests of its screens.
import { cleanup, render, screen } from "@testing-library/preact";
import { afterEach, beforeEach } from "vitest";

import { createStore, type Store } from "../../wire";
import { FakeServer } from "../../wire/testing/fake_server";
import { App } from "../app";
import { followMessages, front, hidden, keepWindows, minimised, reading, room, wished } from "../chat/windows";
import { go } from "../router";
import { StoreContext } from "../store_context";

export const OPEN = { open: true, mayChat: true, mayCallBack: true, whyNot: "", usualWaitSeconds: 60 };
export const TICKET = { id: "t7", number: 7, summary: "VPN drops", status: "TICKET_STATUS_NEW", createdAt: "2026-03-02T09:00:00Z", customer: { id: "mia" } };

export let server: FakeServer;
const open: (() => void)[] = [];

/** Gives each test of a file a new page and gateway. */
export function withPortal(): void {
  beforeEach(() => {
    localStorage.clear();
    sessionStorage.clear();
    fresh();
    server = new FakeServer();
    server.routes.set("GET /support", () => ({ status: 200, body: OPEN }));
    server.routes.set("GET /tickets", () => ({ status: 200, body: { tickets: [TICKET], total: 1 } }));
    server.routes.set("GET /tickets/t7", () => ({ status: 200, body: { ticket: TICKET, timeline: [] } }));
  });

  afterEach(close);
}

export function portal(path = "/portal/support"): Store {
  go(path);
  const store = createStore("portal", { fetch: server.fetch, WebSocket: server.WebSocket });
  const stops = [followMessages(store), keepWindows(store)];
  open.push(() => {
    for (const stop of stops) stop();
    store.stop();
  });
  store.start();
  render(
    <StoreContext.Provider value={store}>
      <App />
    </StoreContext.Provider>,
  );
  return store;
}

/** The same browser after a reload; `meanwhile` happens without a page. */
export function reloaded(meanwhile = (): void => undefined): Store {
  close();
  fresh();
  meanwhile();
  return portal(location.pathname);
}

export const box = () => screen.findByRole("textbox", { name: "How can we help?" });
export const button = (name: string) => screen.findByRole("button", { name });
export const chat = (title: string) => screen.findByRole("region", { name: `Chat: ${title}` });

function close(): void {
  cleanup();
  for (const stop of open.splice(0)) stop();
}

function fresh(): void {
  hidden.value = minimised.value = wished.value = new Set();
  reading.value = [];
  front.value = { id: "", asked: 0 };
  room.value = "all";
}
