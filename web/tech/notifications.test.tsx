import { cleanup, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";

import type { PageState } from "../wire/index.ts";
import { fakeSound, withNotifications } from "../wire/testing/fake_browser";
import { AVA } from "../wire/testing/fake_server";
import { SAM, answer, chat, inChat, joined, leave, ready, server, tech, withTech } from "./testing/page";

withTech();

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  for (const name of ["setAppBadge", "clearAppBadge"]) Reflect.deleteProperty(navigator, name);
  history.replaceState(null, "", "/tech/tickets");
});

const inView = (): PageState["sessionIds"] => server.received.flatMap((frame) => (frame.t === "pageState" ? [frame] : [])).at(-1)?.sessionIds;

test("blocked sound shows a line under the top bar, and one click on its button enables sound", async () => {
  // spec 5.2, 7.4
  const sound = fakeSound(true);
  tech();
  await ready();
  const button = await screen.findByRole("button", { name: "Enable sound" });
  expect(screen.getByText("Sound is blocked").getAttribute("role")).toBe("status");
  sound.allow();
  await userEvent.click(button);
  await waitFor(() => expect(screen.queryByText("Sound is blocked")).toBeNull());
});

test("permission is offered once, after the sound, until the person allows notifications or puts it off", async () => {
  // spec 5.2, 7.4
  const sound = fakeSound(true);
  withNotifications("default", "granted");
  tech();
  await ready();
  sound.allow();
  await userEvent.click(await screen.findByRole("button", { name: "Enable sound" }));
  await userEvent.click(await screen.findByRole("button", { name: "Not now" }));
  await waitFor(() => expect(screen.queryByRole("button", { name: "Allow notifications" })).toBeNull());
  expect(localStorage.getItem("parley:tech:permission")).toBe("later");

  leave();
  cleanup();
  localStorage.removeItem("parley:tech:permission");
  tech();
  await ready();
  await userEvent.click(await screen.findByRole("button", { name: "Allow notifications" }));
  await waitFor(() => expect(screen.queryByRole("button", { name: "Not now" })).toBeNull());
  expect(screen.getByTitle("Notifications: allowed")).toBeTruthy();
});

test("the avatar menu leads to the notifications page, and the permission is beside the connection state", async () => {
  // spec 5.10, 7.4
  withNotifications("denied");
  tech();
  await ready();
  expect(screen.getByTitle("Notifications: blocked")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: /^Your presence/ }));
  await userEvent.click(screen.getByRole("menuitem", { name: "Notifications" }));
  expect(await screen.findByRole("heading", { level: 1, name: "Notifications" })).toBeTruthy();
  expect(location.pathname).toBe("/tech/notifications");
  await waitFor(() => expect(document.title).toBe("Notifications · Parley"));
});

test("the page reports the chats whose windows are open and not minimised", async () => {
  // spec 5.4
  const window = await inChat();
  await waitFor(() => expect(inView()).toEqual(["s1"]));
  await userEvent.click(window.getByRole("button", { name: "Minimise" }));
  await waitFor(() => expect(inView()).toEqual([]));
});

test.each([
  ["?chat=s1", []],
  ["?chat=s1&act=join", ["POST /sessions/s1/join"]],
])("the address %s of a clicked notification opens the chat once", async (query, calls) => {
  // spec 5.5
  server.open("s1");
  server.routes.set("POST /sessions/s1/join", () => (joined("s1", AVA), answer("s1")));
  history.replaceState(null, "", `/tech/${query}`);
  tech();
  await chat("Printer is on fire");
  expect(location.search).toBe("");
  expect(server.calls.filter((call) => call.endsWith("/join"))).toEqual(calls);
});

test("a click that the service worker passes on opens the chat, and the number of waiting chats is on the app's icon", async () => {
  // spec 5.5
  withNotifications("granted");
  const [setAppBadge, clearAppBadge] = [vi.fn(async () => undefined), vi.fn(async () => undefined)];
  Object.assign(navigator, { setAppBadge, clearAppBadge });
  server.open("s1");
  tech();
  await ready();
  await waitFor(() => expect(setAppBadge).toHaveBeenCalledWith(1));
  navigator.serviceWorker.dispatchEvent(new MessageEvent("message", { data: { t: "notificationClick", sessionId: "s1", act: "open" } }));
  const window = within(await chat("Printer is on fire"));
  expect(await window.findByText("You are viewing this chat. Join to write.")).toBeTruthy();
  clearAppBadge.mockClear();
  joined("s1", SAM);
  await waitFor(() => expect(clearAppBadge).toHaveBeenCalled());
});
