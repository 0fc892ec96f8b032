import { screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test } from "vitest";

import { go } from "../router";
import { ready, server, tech, withTech } from "../testing/page";
import { asWritten } from "./log_file";

withTech();

const LOG = "Chat log: Fire\nSession: 5f (request)\nTimes are UTC.\n\n09:00:00  Mia: It burns\n";
let asked: string[] = [];

beforeEach(() => {
  asked = [];
  server.routes.set("GET /sessions/5f/log-proof", (_, url) => {
    asked.push(url.searchParams.get("sha256") ?? "");
    return { status: 200, body: { verdict: "CHAT_LOG_VERDICT_GENUINE", entries: 4, hash: "ab12", sessionEntries: 5 } };
  });
});

afterEach(() => history.replaceState(null, "", "/tech/tickets"));

async function choose(content: string, name = "chat_log.txt"): Promise<string> {
  await userEvent.upload(document.querySelector<HTMLInputElement>("input[type=file]")!, new File([content], name, { type: "text/plain" }));
  const result = screen.getByRole("status", { name: "Result" });
  await within(result).findByText(name);
  return result.textContent ?? "";
}

async function opened(): Promise<void> {
  tech();
  await ready();
  go({ page: "chat-logs" });
  await screen.findByRole("heading", { level: 1, name: "Check a chat log" });
}

test("a genuine log is named so, with its entries, and saved text with CR LF has the same SHA-256", async () => {
  // spec 8.4
  await opened();
  await waitFor(() => expect(document.title).toContain("Check a chat log"));
  const result = await choose(LOG);
  expect(result).toContain("Genuine. This file is exactly what was said.");
  expect(result).toContain("Entries in the file4");
  expect(result).toContain("Entries since then1");
  expect(screen.getByRole("button", { name: "Open the chat" })).toBeTruthy();
  await choose(LOG.replaceAll("\n", "\r\n"), "saved.txt");
  expect(asked[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(asked[1]).toBe(asked[0]);
});

test.each([
  ["a changed file", LOG, { status: 200, body: { verdict: "CHAT_LOG_VERDICT_DIFFERENT", sessionEntries: 5 } }, /^Different\./],
  ["changed entries", LOG, { status: 200, body: { verdict: "CHAT_LOG_VERDICT_BROKEN", entries: 4, sessionEntries: 5 } }, /^The stored chat was changed/],
  ["no access", LOG, { status: 404, body: { error: { kind: "not_found", code: "session_not_found", message: "There is no session" } } }, /^You have no access/],
  ["no chat log", "Dear Sir\n", null, /^This file is not a chat log\./],
])("%s is named", async (_, content, answer, expected) => {
  // spec 8.4
  if (answer) server.routes.set("GET /sessions/5f/log-proof", () => answer);
  await opened();
  expect(await choose(content)).toMatch(expected);
});

test("a byte order mark and CR LF are removed, and nothing else", () => {
  const written = (text: string) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(asWritten(new TextEncoder().encode(text)));
  expect(written("\ufeffa\r\nb\rc\n")).toBe("a\nb\rc\n");
  expect(written("")).toBe("");
});
