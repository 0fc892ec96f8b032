import { signal } from "@preact/signals";
import { beforeEach, expect, test } from "vitest";

import type { SessionCard, Store } from "../../wire/index.ts";
import { ChatWindows, type OpenWindow } from "./windows";

const cards = new Map<string, SessionCard>();
const store = { openSession: async () => undefined, closeSession: () => undefined, cards: signal(cards) } as unknown as Store;
const ids = (windows: OpenWindow[]) => windows.map(({ id }) => id);
const widthOf = ({ details }: OpenWindow) => (details ? 600 : 340);

beforeEach(() => {
  localStorage.clear();
  cards.clear();
});

function opened(): ChatWindows {
  const windows = new ChatWindows(store);
  windows.resume("ava", []);
  for (const id of ["s1", "s2", "s3"]) windows.open(id);
  return windows;
}

test("the windows used last get the room, in their order", () => {
  // spec 7.1
  const windows = opened();
  expect(ids(windows.split(1020, widthOf).shown)).toEqual(["s1", "s2", "s3"]);
  windows.use("s1");
  const { shown, hidden } = windows.split(1019, widthOf);
  expect([ids(shown), ids(hidden)]).toEqual([["s1", "s3"], ["s2"]]);
  expect(ids(windows.split(100, widthOf).shown)).toEqual(["s1"]);
});

test("the customer's details need room, are beside one window, and beside the next one that the person opens", () => {
  // spec 7.8
  const windows = opened();
  windows.showDetails("s3", true);
  expect(ids(windows.split(1020, widthOf).shown)).toEqual(["s2", "s3"]);
  windows.open("s4");
  windows.show("s5");
  expect(ids(windows.list.value.filter(({ details }) => details))).toEqual(["s4"]);
  windows.showDetails("s4", false);
  windows.open("s6");
  expect(windows.list.value.some(({ details }) => details)).toBe(false);
});

test("after a reload live chats get the room before ended ones, those used last first", () => {
  // spec 7.1
  opened().use("s1");
  for (const id of ["s1", "s2"]) cards.set(id, { sessionId: id, status: "CHAT_STATUS_HANDLED" });
  cards.set("s3", { sessionId: "s3", status: "CHAT_STATUS_COMPLETED" });
  const windows = new ChatWindows(store);
  windows.resume("ava", []);
  expect(ids(windows.split(680, widthOf).shown)).toEqual(["s1", "s2"]);
  expect(ids(windows.split(340, widthOf).shown)).toEqual(["s1"]);
  expect(windows.current()).toBe("s1");
});

test("beside a ticket one chat is docked, which needs no room among the windows; after a reload too", () => {
  // spec 7.1
  const windows = opened();
  windows.dock("s1", "t1");
  windows.dock("s2", "t1");
  windows.dock("s3", "t2");
  const reloaded = new ChatWindows(store);
  reloaded.resume("ava", []);
  expect([reloaded.dockedAt("t1")?.id, reloaded.dockedAt("t2")?.id]).toEqual(["s2", "s3"]);
  const { shown, hidden } = reloaded.split(680, widthOf, reloaded.dockedAt("t1"));
  expect([ids(shown), ids(hidden)]).toEqual([["s1", "s3"], []]);
});

test("a minimised chat that is docked counts as used last beside its ticket, and elsewhere not", () => {
  // spec 7.1
  const windows = opened();
  windows.dock("s1", "t1");
  windows.minimise("s1");
  windows.open("s2");
  windows.use("s1");
  expect([windows.current(windows.dockedAt("t1")), windows.current()]).toEqual(["s1", "s2"]);
});

test("a docked chat is minimised on other pages if it was, and closing its window forgets that it was docked", () => {
  // spec 7.1
  const windows = opened();
  windows.minimise("s1");
  windows.dock("s1", "t1");
  expect(windows.dockedAt("t1")).toMatchObject({ id: "s1", minimised: false });
  expect(windows.focus.value.id).toBe("s1");
  windows.minimise("s1");
  expect(windows.dockedAt("t1")).toMatchObject({ id: "s1", minimised: true });
  expect(windows.focus.value.id).toBe("");
  windows.undock("s1");
  expect(windows.dockedAt("t1")).toBeUndefined();
  windows.dock("s1", "t1");
  windows.close("s1");
  windows.open("s1");
  expect(windows.dockedAt("t1")).toBeUndefined();
});
