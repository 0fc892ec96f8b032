import { screen, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { go } from "../router";
import { TICKET, ready, server, tech, withTech } from "../testing/page";

withTech();

test("the note of a chat log shows the chat's files after the log, with a preview of images, and keeps the log's columns", async () => {
  // spec 4.2, 13.5
  const attachments = [
    { id: "f1", name: "chat_log_20260302T093000Z.txt", contentType: "text/plain; charset=utf-8", size: 2_000 },
    { id: "f2", name: "screen.png", contentType: "image/png", size: 3_000 },
    { id: "f3", name: "core.dump", contentType: "application/octet-stream", size: 4_000 },
  ];
  const note = { id: "s1:log", revision: 2, at: 1_000, by: { id: "ava", name: "Ava Chen" }, internal: true, note: { text: "Chat log: Printer", attachments } };
  server.routes.set("GET /tickets/t7", () => ({ status: 200, body: { ticket: TICKET, timeline: [note] } }));
  go({ page: "ticket", id: "t7" });
  tech();
  await ready();

  const text = await screen.findByText("Chat log: Printer");
  expect(text.closest(".timeline__log")).not.toBeNull();
  const links = within(text.closest("li")!).getAllByRole("link");
  expect(links.map((link) => link.getAttribute("download"))).toEqual(attachments.map((file) => file.name));
  expect(links[1]!.getAttribute("href")).toContain("/tickets/t7/attachments/f2");
  expect(screen.getByRole("button", { name: "Preview screen.png" })).toBeTruthy();
});

test("a chat log begins with the conversation until all of it is shown", async () => {
  // spec 4.2
  const header = ["Chat log: Printer", "Session: s1 (request)", "Ticket: 7", "Customer: Mia Torres, Acme Ltd"];
  const lines = ["--- Monday 2026-03-02 ---", "09:30:00  Mia Torres (customer): It burns"];
  const attachments = [{ id: "f1", name: "chat_log_20260302T093000Z.txt", contentType: "text/plain", size: 2_000 }];
  const note = { id: "s1:log", revision: 2, at: 1_000, by: { id: "ava", name: "Ava Chen" }, internal: true, note: { text: [...header, "", ...lines].join("\n"), attachments } };
  server.routes.set("GET /tickets/t7", () => ({ status: 200, body: { ticket: TICKET, timeline: [note] } }));
  go({ page: "ticket", id: "t7" });
  tech();
  await ready();

  const log = (await screen.findByText(/It burns/)).closest(".timeline__log")!;
  expect(log.textContent).toBe(lines.join("\n"));
  await userEvent.click(screen.getByRole("button", { name: "Show all" }));
  expect(log.textContent).toBe([...header, "", ...lines].join("\n"));
  await userEvent.click(screen.getByRole("button", { name: "Show less" }));
  expect(log.textContent).toBe(lines.join("\n"));
});
