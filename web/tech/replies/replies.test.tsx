import { screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";

import type { CannedReply } from "../../wire/index.ts";
import { go } from "../router";
import { inChat, server, tech, withTech } from "../testing/page";
import { hoursText } from "./hours_text";

withTech();

const HELLO = { replyId: "h", title: "Hello", text: "Hello {customer}, I am {engineer}. See you on {date} at {time}." };
const BYE = { replyId: "b", title: "Goodbye", text: "Bye. Ticket {ticket}, open {hours}." };
let own: CannedReply[];
let ofDesk: CannedReply[];

beforeEach(() => {
  [own, ofDesk] = [[HELLO], [BYE]];
  server.routes.set("GET /canned-replies", () => ({ status: 200, body: { own, ofDesk } }));
  server.routes.set("GET /settings/chat", () => ({ status: 200, body: { settings: {}, version: 0 } }));
  server.routes.set("PUT /canned-replies", (body) => {
    own = [...own.filter((one) => one.replyId !== (body.reply as CannedReply).replyId), body.reply as CannedReply];
    return { status: 204 };
  });
  server.routes.set("DELETE /canned-replies/h", (body) => {
    if (!body.ofDesk) own = [];
    return { status: 204 };
  });
});

const box = (window: ReturnType<typeof within>) => window.getByRole("textbox", { name: "Message" }) as HTMLTextAreaElement;
const selected = (text: HTMLTextAreaElement) => text.value.slice(text.selectionStart, text.selectionEnd);

test("a slash finds a reply, Enter inserts it, and Tab goes to the placeholders that are left", async () => {  // spec 13.1
  const window = await inChat();
  await userEvent.type(box(window), "/hel");
  const option = await window.findByRole("option", { name: /Hello/ });
  expect(option.getAttribute("aria-selected")).toBe("true");
  expect(box(window).getAttribute("aria-activedescendant")).toBe(option.id);
  await userEvent.keyboard("{Enter}");

  expect(box(window).value).toBe("Hello Mia Torres, I am Ava Chen. See you on {date} at {time}.");
  expect(window.queryByRole("listbox")).toBeNull();
  await waitFor(() => expect(selected(box(window))).toBe("{date}"));
  await userEvent.keyboard("Monday{Tab}");
  expect(selected(box(window))).toBe("{time}");
  await userEvent.keyboard("noon{Tab}");
  expect(document.activeElement).not.toBe(box(window));
  expect(box(window).value).toBe("Hello Mia Torres, I am Ava Chen. See you on Monday at noon.");
  expect(server.texts("s1")).toEqual(["Printer is on fire"]);
});

test("Enter first names a placeholder that a reply left, and Shift+Tab goes to the one before", async () => {  // spec 13.1
  const window = await inChat();
  await userEvent.type(box(window), "Send {{this} /hel");
  await window.findByRole("option", { name: /Hello/ });
  await userEvent.keyboard("{Enter}{Enter}");
  expect(selected(box(window))).toBe("{date}");
  expect(window.getByRole("alert").textContent).toBe("Replace {date}, or send once more to keep it");
  await userEvent.keyboard("{Tab}");
  expect(selected(box(window))).toBe("{time}");
  expect(window.queryByRole("alert")).toBeNull();
  await userEvent.keyboard("{Shift>}{Tab}{/Shift}");
  expect(selected(box(window))).toBe("{date}");
  await userEvent.keyboard("Monday{Enter}");
  expect(selected(box(window))).toBe("{time}");
  expect(window.getByRole("alert").textContent).toContain("{time}");
  expect(server.texts("s1")).toEqual(["Printer is on fire"]);
  await userEvent.keyboard("{Enter}");
  const text = "Send {this} Hello Mia Torres, I am Ava Chen. See you on Monday at {time}.";
  await waitFor(() => expect(server.texts("s1")).toContain(text));

  await userEvent.type(box(window), "I mean {{time}.{Enter}"); // typed, not left by a reply
  await waitFor(() => expect(server.texts("s1")).toContain("I mean {time}."));
});

test("arrows select, Escape closes, and what is no search is sent", async () => {  // spec 13.1
  const window = await inChat();
  await userEvent.type(box(window), "See /");
  await window.findAllByRole("option");
  await userEvent.keyboard("{ArrowDown}");
  expect(window.getByRole("option", { selected: true }).textContent).toContain("Hello");
  await userEvent.keyboard("{ArrowUp}{Tab}");
  expect(box(window).value).toBe("See Bye. Ticket {ticket}, open at any time.");

  await userEvent.clear(box(window));
  await userEvent.type(box(window), "/h");
  await window.findByRole("listbox");
  await userEvent.keyboard("{Escape}");
  expect(window.queryByRole("listbox")).toBeNull();
  expect(document.activeElement).toBe(box(window));
  await userEvent.keyboard("ttp{Enter}");
  await waitFor(() => expect(server.texts("s1")).toContain("/http"));
});

test("the settings add, edit and delete the engineer's own replies", async () => {  // spec 13.1
  go({ page: "settings" });
  tech();
  const section = within(await screen.findByRole("region", { name: "Canned replies" }));
  await userEvent.click(await section.findByRole("button", { name: "Add a reply: Yours" }));
  const form = within(await screen.findByRole("dialog", { name: "New reply" }));
  await userEvent.click(form.getByRole("button", { name: "Save reply" }));
  expect(form.getByText("Give the reply a title.")).toBeTruthy();
  await userEvent.type(form.getByRole("textbox", { name: "Title" }), "Wait");
  await userEvent.type(form.getByRole("textbox", { name: "Text" }), "One moment, {{customer}.");
  await userEvent.click(form.getByRole("button", { name: "Save reply" }));
  await section.findByText("One moment, {customer}.");
  expect(screen.queryByRole("dialog")).toBeNull();

  await userEvent.click(section.getByRole("button", { name: "Edit Wait" }));
  const edit = within(await screen.findByRole("dialog", { name: "Edit reply" }));
  await userEvent.type(edit.getByRole("textbox", { name: "Title" }), " please");
  await userEvent.click(edit.getByRole("button", { name: "Save reply" }));
  await section.findByText("Wait please");
  expect(own).toHaveLength(2);

  await userEvent.click(section.getByRole("button", { name: "Delete Hello" }));
  await userEvent.click(await screen.findByRole("button", { name: "Delete reply" }));
  await waitFor(() => expect(section.queryByText("Hello")).toBeNull());
  expect(section.queryByRole("button", { name: "Delete Goodbye" })).toBeNull();
});

test("a full list is told in the form, and the text stays", async () => {  // spec 13.1
  const full = "There are 200 canned replies already.";
  server.routes.set("PUT /canned-replies", () => ({ status: 400, body: { error: { kind: "failed_precondition", code: "too_many_replies", message: full } } }));
  go({ page: "settings" });
  tech();
  await userEvent.click(await screen.findByRole("button", { name: "Add a reply: Yours" }));
  await userEvent.type(screen.getByRole("textbox", { name: "Title" }), "Wait");
  await userEvent.type(screen.getByRole("textbox", { name: "Text" }), "One moment");
  await userEvent.click(screen.getByRole("button", { name: "Save reply" }));
  await screen.findByText(full);
  expect(screen.getByRole("textbox", { name: "Text" })).toHaveProperty("value", "One moment");
});

test("office hours are written as a person would", () => {  // spec 13.1, 4.8
  const day = (days: number[], fromMinute: number, untilMinute: number) => days.map((one) => ({ day: one, fromMinute, untilMinute }));
  const spans = [...day([1, 2, 3, 5], 540, 1020), ...day([6], 600, 720), ...day([6], 780, 900)];
  const digits = (text: string) => text.replace(/\s?[AP]M/g, "").replaceAll(/(\d\d):00/g, "$1");
  expect(hoursText(null)).toBe("at any time");
  expect(hoursText({ zone: "UTC", spans: [] })).toBe("at any time");
  expect(digits(hoursText({ zone: "Europe/London", spans }))).toMatch(/^Mon–Wed 09–(05|17); Fri 09–(05|17); Sat 10–12, (01|13)–(03|15) \(Europe\/London\)$/);
});
