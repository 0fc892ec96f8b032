import { screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { announce } from "../../ui";
import { AVA } from "../../wire/testing/fake_server";
import { button, chat, portal, reloaded, server, withPortal } from "../testing/portal";
import { KeptWindows } from "./kept_windows";
import { room } from "./windows";

withPortal();

const writes = (sessionId: string, text: string) => server.commit(sessionId, AVA, text, { messagePosted: { messageId: text, text } });
const close = async (title: string) => userEvent.click(within(await chat(title)).getByRole("button", { name: /^Close/ }));

afterEach(() => {
  for (const name of ["setAppBadge", "clearAppBadge"]) Reflect.deleteProperty(navigator, name);
});

beforeEach(() => {
  announce("");
  server.open("s1");
});

test("a closed chat has a button, and reopens minimised with its count, which the app's icon shows too, when a message arrives", async () => {
  // spec 7.6
  const [setAppBadge, clearAppBadge] = [vi.fn(async () => undefined), vi.fn(async () => undefined)];
  Object.assign(navigator, { setAppBadge, clearAppBadge });
  portal();
  await close("Printer is on fire");
  await button("Back to chat");
  expect(screen.queryByRole("region", { name: /Chat:/ })).toBeNull();

  writes("s1", "Are you there?");
  await within(await chat("Printer is on fire")).findByText("1 unread");
  expect(screen.getAllByText(/New message from Ava Chen/)).toHaveLength(1);
  await waitFor(() => expect(document.title).toMatch(/^\(1\)/));
  expect(setAppBadge).toHaveBeenCalledWith(1);
  clearAppBadge.mockClear();
  expect(screen.queryByRole("button", { name: /Back to chat/ })).toBeNull();
  await userEvent.click(await button("Restore chat Printer is on fire, 1 unread"));
  expect((await screen.findByRole("log")).textContent).toContain("Are you there?");
  await waitFor(() => expect(document.title).not.toMatch(/^\(/));
  await waitFor(() => expect(clearAppBadge).toHaveBeenCalled());
});

test("after a reload a closed chat with unread messages is minimised and they stay unread", async () => {
  // spec 7.6
  portal();
  await close("Printer is on fire");
  await button("Back to chat");
  reloaded();
  await button("Back to chat");
  expect(screen.queryByRole("region", { name: /Chat:/ })).toBeNull();

  writes("s1", "Are you there?");
  await button("Restore chat Printer is on fire, 1 unread");
  for (const _ of [1, 2]) {
    reloaded();
    await button("Restore chat Printer is on fire, 1 unread");
    await waitFor(() => expect(document.title).toMatch(/^\(1\)/));
  }
  await userEvent.click(await button("Restore chat Printer is on fire, 1 unread"));
  await waitFor(() => expect(document.title).not.toMatch(/^\(/));
  reloaded();
  await chat("Printer is on fire");
  await waitFor(() => expect(screen.getByRole("log").textContent).toContain("Are you there?"));
});

test("a message that came while the page was closed brings a closed chat back minimised", async () => {
  // spec 7.6
  portal();
  await close("Printer is on fire");
  await button("Back to chat");
  reloaded(() => void writes("s1", "Are you there?"));
  await button("Restore chat Printer is on fire, 1 unread");
});

test.each(["null", "7", "{", '{"s1":"open"}', '["s1"]'])("an invalid stored choice is ignored: %s", async (junk) => {
  localStorage.setItem("parley:portal:mia:windows", junk);
  portal();
  await chat("Printer is on fire");
});

test("the latest fifty choices are kept", () => {
  const kept = new KeptWindows("mia");
  for (let number = 0; number < 60; number++) kept.set(`s-${number}`, "closed");
  kept.set("s-59", null);
  kept.set("s-30", "minimised");
  expect(kept.all()).toHaveLength(49);
  expect(kept.all().at(0)).toEqual(["s-10", "closed"]);
  expect(kept.all().at(-1)).toEqual(["s-30", "minimised"]);
});

test("messages read elsewhere are no longer counted", async () => {
  // spec 7.6
  portal();
  await close("Printer is on fire");
  writes("s1", "Are you there?");
  await within(await chat("Printer is on fire")).findByText("1 unread");
  server.read("s1", 2);
  await waitFor(() => expect(screen.queryByText("1 unread")).toBeNull());
  await waitFor(() => expect(document.title).not.toMatch(/^\(/));
});

test("on a phone hidden chats are counted on a button above the open one, and several are in a menu", async () => {
  // spec 7.6
  room.value = "phone";
  for (const [id, title] of [["s2", "Scanner"], ["s3", "Mail"]] as const) server.open(id, undefined, title);
  portal();
  const [front] = await screen.findAllByRole("region", { name: /^Chat:/ });
  const behind = ["s1", "s2", "s3"].filter((id) => front!.getAttribute("aria-label") !== `Chat: ${server.card(id).title}`);
  const loud = behind[1]!;
  await button("2 chats");
  writes(loud, "Hello?");
  await userEvent.click(await button("2 chats, 1 unread"));
  const entries = screen.getAllByRole("menuitem").map((entry) => entry.textContent);
  expect(entries[0]).toBe(`1 unread · ${server.card(loud).title}`);
  await userEvent.click(screen.getAllByRole("menuitem")[0]!);
  await waitFor(() => expect(screen.getAllByRole("region", { name: /^Chat:/ }).map((one) => one.getAttribute("aria-label"))).toEqual([`Chat: ${server.card(loud).title}`]));
  await button("2 chats");
  await waitFor(() => expect(document.title).not.toMatch(/^\(/));
});

test("a customer sees that a message was sent, and then that it was seen, not by whom", async () => {
  // spec 7.5
  portal();
  const log = within(within(await chat("Printer is on fire")).getByRole("log"));
  await log.findByText("Sent");
  server.commit("s1", AVA, "join", { participantJoined: { person: AVA } });
  server.publish({ t: "read", sessionId: "s1", personId: "ava", revision: 2 });
  await log.findByText("Seen");
  expect(log.queryByText("Sent")).toBeNull();
});
