import { afterEach, expect, test, vi } from "vitest";

import type { PageState } from "./proto.ts";
import { fakeSound, withNotifications } from "./testing/fake_browser.ts";
import { page, pass, server, withServer } from "./testing/pages.ts";

withServer();
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const states = (): PageState[] => server.received.flatMap((frame) => (frame.t === "pageState" ? [frame] : []));
const last = (): PageState => states().at(-1) ?? {};

function become(visible: boolean): void {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(visible ? "visible" : "hidden");
  document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
}

test("a page reports its state after each Welcome, and hides and focuses at once", async () => {
  // spec 5.4
  withNotifications("granted");
  fakeSound();
  const focus = vi.spyOn(document, "hasFocus").mockReturnValue(false);
  await page();
  await pass(200);
  expect(last()).toMatchObject({ visible: true, focused: false, installed: false, permission: "NOTIFICATION_PERMISSION_GRANTED", soundAllowed: true, sessionIds: [] });

  become(false);
  await pass(0);
  expect(last()).toMatchObject({ visible: false });
  become(true);
  focus.mockReturnValue(true);
  dispatchEvent(new Event("focus"));
  await pass(0);
  expect(last()).toMatchObject({ visible: true, focused: true });

  const before = states().length;
  server.cut();
  server.restore();
  await pass(10_000);
  expect(states()).toHaveLength(before + 1);
});

test("open windows are reported together after a moment, and an unchanged state not at all", async () => {
  // spec 5.4
  const store = await page();
  await pass(1_000);
  const before = states().length;
  store.notify.chatsInView(["s2"]);
  await pass(100);
  store.notify.chatsInView(["s2", "s1"]);
  await pass(50);
  expect(states()).toHaveLength(before);
  await pass(100);
  expect(states()).toHaveLength(before + 1);
  expect(last().sessionIds).toEqual(["s1", "s2"]);

  store.notify.chatsInView(["s1", "s2"]);
  dispatchEvent(new Event("focus"));
  dispatchEvent(new Event("blur"));
  await pass(1_000);
  expect(new Set(states().slice(before).map((state) => JSON.stringify(state))).size).toBe(states().length - before);
});

test("all pages of one browser report one browser id, and a browser without notifications says so", async () => {
  // spec 5.4
  await page();
  await page();
  await pass(200);
  expect(new Set(states().map((state) => state.browserId)).size).toBe(1);
  expect(last()).toMatchObject({ browserId: expect.stringMatching(/^.{1,64}$/), permission: "NOTIFICATION_PERMISSION_UNSUPPORTED" });
});
