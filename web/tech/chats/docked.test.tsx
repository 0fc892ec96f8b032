import { screen, waitFor } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { Store } from "../../wire/index.ts";
import { AVA, MIA } from "../../wire/testing/fake_server";
import type { AppState } from "../app_state";
import { keep } from "../kept";
import { go } from "../router";
import { chat, joined, server, tech, withTech } from "../testing/page";
import { dockEntries } from "./menu";
import { ChatWindows } from "./windows";

withTech();

const WIDE = "(min-width: 1280px)";
let wide: MediaQueryList & { matches: boolean };

beforeEach(() => {
  wide = Object.assign(new EventTarget(), { matches: true, media: WIDE }) as typeof wide;
  const other = Object.assign(new EventTarget(), { matches: false }) as MediaQueryList;
  vi.spyOn(window, "matchMedia").mockImplementation((media) => (media === WIDE ? wide : other));
});

afterEach(() => vi.restoreAllMocks());

function become(matches: boolean): void {
  wide.matches = matches;
  wide.dispatchEvent(new Event("change"));
}

test("a chat on a ticket is docked from its menu, which opens the ticket's page, and undocked there", () => {
  // spec 7.1
  const windows = new ChatWindows({ openSession: async () => undefined } as unknown as Store);
  windows.open("s1");
  const entries = (ticketId?: string) => dockEntries({ windows } as AppState, { sessionId: "s1", ticketId });
  const labels = () => entries("t7").map(({ label }) => label);
  expect(entries()).toEqual([]);
  entries("t7")[0]!.onSelect();
  expect(location.pathname).toBe("/tech/tickets/t7");
  expect(labels()).toEqual(["Undock"]);
  wide.matches = false;
  expect(labels()).toEqual([]);
  wide.matches = true;
  go({ page: "tickets" });
  expect(labels()).toEqual(["Dock beside ticket"]);
  go({ page: "ticket", id: "t7" });
  entries("t7")[0]!.onSelect();
  expect(windows.dockedAt("t7")).toBeUndefined();
  expect(windows.focus.value.id).toBe("s1");
  expect(labels()).toEqual(["Dock beside ticket"]);
});

/** The page of ticket 7, beside which this chat was docked before the reload. */
async function besideItsTicket(minimised: boolean): Promise<() => HTMLTextAreaElement | null> {
  server.open("s1");
  joined("s1", AVA);
  server.commit("s1", MIA, "linked", { ticketLinked: { ticketId: "t7", ticketNumber: 7 } });
  keep("windows.ava", [{ id: "s1", minimised, docked: "t7" }]);
  go({ page: "ticket", id: "t7" });
  tech();
  await chat("Printer is on fire");
  await isDocked(true);
  return () => document.querySelector<HTMLTextAreaElement>(".chat textarea");
}

const isDocked = (docked: boolean) => waitFor(() => expect(document.querySelectorAll(".dock__slot--docked")).toHaveLength(docked ? 1 : 0));

test("a docked chat is a window on other pages and on a narrow screen, and keeps its text box", async () => {
  // spec 7.1
  const box = await besideItsTicket(false);
  const before = box();
  expect(document.querySelector(".chat [aria-label='Minimise']")).toBeNull();
  before!.focus();
  go({ page: "tickets" });
  await isDocked(false);
  expect(box()).toBe(before);
  expect(document.activeElement).toBe(before);
  expect(document.querySelector(".chat [aria-label='Minimise']")).toBeTruthy();
  go({ page: "ticket", id: "t7" });
  await isDocked(true);
  become(false);
  await isDocked(false);
  become(true);
  await isDocked(true);
  expect(box()).toBe(before);
});

test("a docked chat is minimised on other pages if it was", async () => {
  // spec 7.1
  const box = await besideItsTicket(true);
  expect(box()).toBeTruthy();
  expect(document.activeElement).not.toBe(box());
  go({ page: "tickets" });
  await isDocked(false);
  expect(box()).toBeNull();
});

test("a docked chat that has ended and that the person leaves is forgotten", async () => {
  // spec 4.3, 7.1
  await besideItsTicket(false);
  const [from, to] = ["CHAT_STATUS_HANDLED", "CHAT_STATUS_COMPLETED"] as const;
  server.commit("s1", AVA, "end", { statusChanged: { from, to, step: "STEP_COMPLETE" } }, { sessionCompleted: {} });
  expect(await screen.findByText("The chat session is now closed")).toBeTruthy();
  server.commit("s1", AVA, "left", { participantLeft: { person: AVA } });
  await isDocked(false);
  expect(localStorage.getItem("parley.tech.windows.ava")).toBe("[]");
});
