import { screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";

import { fakeSound, withNotifications } from "../wire/testing/fake_browser";
import { button, chat, portal, server, withPortal } from "./testing/portal";

withPortal();

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test("blocked sound is shown only to a customer with a chat, and one click enables it", async () => {
  // spec 5.2, 7.4
  const sound = fakeSound(true);
  const store = portal();
  await waitFor(() => expect(store.notify.soundBlocked.value).toBe(true));
  expect(screen.queryByText("Sound is blocked")).toBeNull();
  server.open("s1");
  await screen.findByText("Sound is blocked");
  sound.allow();
  await userEvent.click(await button("Enable sound"));
  await waitFor(() => expect(screen.queryByText("Sound is blocked")).toBeNull());
});

test("permission is offered only to a customer with a chat", async () => {
  // spec 5.2, 7.4
  withNotifications("default", "granted");
  portal();
  await button("Your account: Mia Torres");
  expect(screen.queryByRole("button", { name: "Allow notifications" })).toBeNull();
  server.open("s1");
  await userEvent.click(await button("Allow notifications"));
  await waitFor(() => expect(screen.queryByRole("button", { name: "Not now" })).toBeNull());
});

test("the account menu leads to the notifications page, and each chat shows the permission", async () => {
  // spec 5.10, 7.4
  withNotifications("default");
  server.open("s1");
  portal();
  await chat("Printer is on fire");
  expect(screen.getByTitle("Notifications: not allowed yet")).toBeTruthy();
  await userEvent.click(await button("Your account: Mia Torres"));
  await userEvent.click(screen.getByRole("menuitem", { name: "Notifications" }));
  expect(await screen.findByRole("heading", { level: 1, name: "Notifications" })).toBeTruthy();
  expect(location.pathname).toBe("/portal/notifications");
});

test("a click on a notification opens a hidden chat", async () => {
  // spec 5.5
  withNotifications("granted");
  server.open("s1");
  portal();
  await userEvent.click(within(await chat("Printer is on fire")).getByRole("button", { name: /^Close/ }));
  expect(screen.queryByRole("region", { name: /^Chat:/ })).toBeNull();
  navigator.serviceWorker.dispatchEvent(new MessageEvent("message", { data: { t: "notificationClick", sessionId: "s1", act: "open" } }));
  await chat("Printer is on fire");
});
