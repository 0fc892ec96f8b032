// spec 13.6: a refusal of the server is in the page's language.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, expect, test, vi } from "vitest";

import { server } from "./de/refusal_texts.ts";

const TOP = join(import.meta.dirname, "../..");
const CODE = /\bcode\s*=\s*"(\w+)"|\bkind, code = "\w+", "(\w+)"|\bkind, code = Kind\.\w+, "(\w+)"|TypedError\.of\(Kind\.\w+, "(\w+)"|Fault\("(\w+)"/g;

// Codes without a text: the server's message, which names the limit, or a text of the page is shown.
const GENERAL = ["bad_argument", "invalid_value", "wrong_argument", "invalid_argument", "bad_value", "permission_denied"];
const OF_PROGRAMS = [
  ...["unavailable", "unauthenticated", "internal", "not_signed_in", "other_sign_in", "sign_in_not_named", "token_refused", "not_ready", "no_answer", "no_length", "bad_frame", "part_too_large"],
  ...["too_late", "too_slow", "command_id_reused", "id_taken", "revision_one_taken", "incarnation_past", "presence_error", "notify_error"],
];

function codes(): Set<string> {
  const files = ["services", "servicekit"].flatMap((folder) => readdirSync(join(TOP, folder), { recursive: true, encoding: "utf8" }).map((name) => join(TOP, folder, name)));
  const found = files.filter((file) => file.endsWith(".py")).flatMap((file) => [...readFileSync(file, "utf8").matchAll(CODE)]);
  return new Set(found.map((groups) => groups.slice(1).find(Boolean)!));
}

afterEach(() => void vi.resetModules());

test("each code that a person can meet has a text in German", () => {
  expect([...codes()].filter((code) => !server.has(code)).sort()).toEqual([...GENERAL, ...OF_PROGRAMS].sort());
  expect([...server.keys()].filter((code) => !codes().has(code))).toEqual([]);
});

test("a refusal has the text of its code, and the server's message where there is none", async () => {
  vi.resetModules();
  (await import("./catalogue.ts")).takeCatalogue({ server });
  const { Refused, sentenceOf } = await import("../wire/refused.ts");
  expect(sentenceOf(new Refused({ kind: "failed_precondition", code: "ticket_closed", message: "The ticket is closed; reopen it first." }))).toBe(server.get("ticket_closed"));
  expect(sentenceOf(new Refused({ kind: "invalid_argument", code: "wrong_argument", field: "url", message: "It must be on https." }))).toBe("It must be on https.");
});

test("in English it is the server's message", async () => {
  const { Refused } = await import("../wire/refused.ts");
  expect(new Refused({ kind: "failed_precondition", code: "ticket_closed", message: "Closed." }).message).toBe("Closed.");
});
