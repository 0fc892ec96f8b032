import { screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { announce } from "../../ui";
import { AVA, MIA } from "../../wire/testing/fake_server";
import { chat, inChat, joined, ready, server, tech, withTech } from "../testing/page";

withTech();

const writes = (sessionId: string, text: string) => server.commit(sessionId, MIA, text, { messagePosted: { messageId: text, text } });

test("chats that do not fit are counted on their chip, named in its menu, and counted on My sessions", async () => {
  // spec 7.6
  for (const number of [1, 2, 3, 4]) {
    server.open(`s${number}`, MIA, `Chat ${number}`);
    joined(`s${number}`, AVA);
    server.read(`s${number}`, 2);
  }
  tech();
  await ready();
  const chip = await screen.findByRole("button", { name: "2 more chats" });
  await waitFor(() => expect(screen.getAllByRole("region", { name: /^Chat: Chat/ })).toHaveLength(2));
  const behind = ["s1", "s2", "s3", "s4"].filter((id) => !screen.queryByRole("region", { name: `Chat: ${server.card(id).title}` }));
  const [quiet, loud] = behind as [string, string];
  for (const text of ["I need it", "in 10 minutes"]) writes(loud, text);
  await waitFor(() => expect(chip.getAttribute("aria-label")).toBe("2 more chats, 2 unread"));
  expect(chip.textContent).toContain("2 more");
  await waitFor(() => expect(document.title).toMatch(/^\(2\)/));

  await userEvent.click(screen.getByRole("tab", { name: "My sessions, 4, 2 unread" }));
  expect(screen.getAllByRole("article")[0]!.textContent).toContain(server.card(loud).title);
  await userEvent.click(chip);
  const entries = screen.getAllByRole("menuitem").map((entry) => entry.textContent);
  expect(entries).toEqual([`2 unread · Mia Torres: ${server.card(loud).title}`, `Mia Torres: ${server.card(quiet).title}`]);
  await userEvent.click(screen.getAllByRole("menuitem")[0]!);
  expect((await within(await chat(server.card(loud).title ?? "")).findByRole("log")).textContent).toContain("in 10 minutes");
  await screen.findByRole("tab", { name: "My sessions, 4" });
  await waitFor(() => expect(document.title).not.toMatch(/^\(/));
});

test("a message is announced only if its chat is not in view", async () => {
  // spec 7.6
  const spoken = () => screen.queryAllByText(/New message from Mia Torres/).length;
  announce("");
  const window = await inChat();
  writes("s1", "Seen");
  await window.findByText("Seen");
  expect(spoken()).toBe(0);
  await userEvent.click(window.getByRole("button", { name: "Close" }));
  writes("s1", "Not seen");
  await waitFor(() => expect(spoken()).toBe(1));
  await screen.findByRole("tab", { name: "My sessions, 1, 1 unread" });
});

test("an engineer sees who has read a message", async () => {
  // spec 7.5
  const log = within((await inChat()).getByRole("log"));
  const { revision = 0 } = server.commit("s1", AVA, "hello", { messagePosted: { messageId: "hello", text: "Hello Mia" } });
  await log.findByText("Sent");
  server.publish({ t: "read", sessionId: "s1", personId: "mia", revision });
  await log.findByText("Seen by Mia Torres");
  expect(log.queryByText("Sent")).toBeNull();
});
