// Renders TECH with a fake gateway, for tests of its screens.
import { cleanup, render, screen, waitFor, within } from "@testing-library/preact";
import { afterEach, beforeEach, expect } from "vitest";

import { createStore, type Person } from "../../wire/index.ts";
import { AVA, FakeServer, MIA } from "../../wire/testing/fake_server";
import { App } from "../app";
import { createAppState } from "../app_state";
import { go } from "../router";
import { busy } from "../sessions/acts";

export const SAM: Person = { id: "sam", name: "Sam Okafor", side: "SIDE_ENGINEER" };
export const TICKET = { id: "t7", number: 7, summary: "VPN drops", status: "TICKET_STATUS_NEW", createdAt: "2026-03-02T09:00:00Z", customer: MIA };

export let server: FakeServer;
export let leave: () => void = () => undefined;

/** Gives each test of a file a new page and gateway. */
export function withTech(): void {
  beforeEach(() => {
    localStorage.clear();
    sessionStorage.clear();
    go({ page: "tickets" });
    server = new FakeServer("tech", AVA);
    server.routes.set("GET /tickets", () => ({ status: 200, body: { tickets: [TICKET], total: 1 } }));
    server.routes.set("GET /tickets/t7", () => ({ status: 200, body: { ticket: TICKET, timeline: [] } }));
    server.routes.set("GET /places", () => ({ status: 200, body: { boards: [{ id: "b1", name: "Service desk" }] } }));
    server.routes.set("GET /people", () => ({ status: 200, body: { people: [AVA, SAM] } }));
  });

  afterEach(() => {
    cleanup();
    leave();
    // An action that the test before it did not wait for blocks none of this one.
    busy.value = new Set();
  });
}

export function tech(): void {
  const app = createAppState(createStore("tech", { fetch: server.fetch, WebSocket: server.WebSocket }));
  leave = () => app.store.stop();
  app.store.start();
  render(<App app={app} />);
}

export function alert(sessionId: string, title: string, second = 0): void {
  const at = new Date(Date.UTC(2026, 4, 4, 9, 0, second)).toISOString();
  const facts = { reason: "ALERT_REASON_WAITING", customerId: "mia", customerName: "Mia Torres", companyName: "Acme Ltd", waitingSince: at, raisedAt: at } as const;
  server.publish({ t: "alertRaised", alert: { alertId: `${sessionId}:waiting:ava`, personId: "ava", sessionId, title, ...facts } });
}

export function joined(sessionId: string, person: Person): void {
  server.commit(sessionId, person, `join-${person.id}`, { participantJoined: { person } }, {
    statusChanged: { from: "CHAT_STATUS_WAITING", to: "CHAT_STATUS_HANDLED", step: "STEP_JOIN" },
  });
}

export const answer = (id: string) => ({ status: 200, body: { session: { card: server.card(id), entries: server.log.get(id)!.slice(-1) } } });
export const chat = (title: string) => screen.findByRole("region", { name: `Chat: ${title}` });
export const ready = () => waitFor(() => expect(server.sockets.size).toBe(1)).then(() => screen.findByRole("complementary", { name: "Sessions" }));

export async function inChat() {
  server.open("s1");
  joined("s1", AVA);
  tech();
  return within(await chat("Printer is on fire"));
}
