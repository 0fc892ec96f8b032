import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Refused } from "./refused.ts";
import type { Sending } from "./send_file.ts";
import { MOST_FILES, Uploads } from "./uploads.ts";

const MOST = 100;
type Call = Sending & { file: File; done: (id: string) => void; fail: (refused: Refused) => void };
let calls: Call[] = [];
let uploads: Uploads;

const file = (name: string, size = 10): File => new File(["x".repeat(size)], name);
const states = () => uploads.items.value.map(({ state }) => state);
const unavailable = new Refused({ kind: "unavailable", code: "unreachable" });
const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
  calls = [];
  uploads = new Uploads((sent, sending) => new Promise((resolve, reject) => calls.push({ ...sending, file: sent, done: (id) => resolve({ id }), fail: reject })));
});
afterEach(() => void vi.useRealTimers());

test("three files are sent at a time, with their progress, and keep their order", async () => {
  // spec 9.3
  uploads.add(["a", "b", "c", "d"].map((name) => file(name)), MOST);
  expect(states()).toEqual(["sending", "sending", "sending", "waiting"]);
  calls[1]!.onSent(4);
  expect(uploads.items.value[1]!.sent).toBe(4);
  calls[2]!.done("c1");
  await settle();
  expect(states()).toEqual(["sending", "sending", "done", "sending"]);
  for (const [at, id] of [[3, "d1"], [1, "b1"], [0, "a1"]] as const) calls[at]!.done(id);
  await settle();
  expect(await uploads.settled()).toBe(true);
  expect(uploads.ids).toEqual(["a1", "b1", "c1", "d1"]);
});

test("a lost answer is tried again with the same command, and a refusal is not", async () => {
  // spec 3.8
  uploads.add([file("a"), file("b")], MOST);
  calls[0]!.fail(unavailable);
  calls[1]!.fail(new Refused({ kind: "invalid_argument", code: "wrong_size", field: "data" }));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(states()).toEqual(["sending", "failed"]);
  expect(calls.map((call) => call.file.name)).toEqual(["a", "b", "a"]);
  expect(calls[2]!.commandId).toBe(calls[0]!.commandId);
  expect(calls[1]!.commandId).not.toBe(calls[0]!.commandId);
  calls[2]!.fail(unavailable);
  await vi.advanceTimersByTimeAsync(3_000);
  calls[3]!.fail(unavailable);
  expect(await uploads.settled()).toBe(false);

  uploads.retry(uploads.items.value[0]!.key);
  expect(calls[4]!.commandId).toBe(calls[0]!.commandId);
});

test("the wait that the server asks for is kept", async () => {
  // spec 10.4
  uploads.add([file("a")], MOST);
  calls[0]!.fail(new Refused({ kind: "resource_exhausted", code: "too_many", details: { retry_after: "7" } }));
  await vi.advanceTimersByTimeAsync(6_900);
  expect(calls).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(calls).toHaveLength(2);
});

test("a removed file is stopped and makes room for the next one", async () => {
  uploads.add(["a", "b", "c", "d"].map((name) => file(name)), MOST);
  uploads.remove(uploads.items.value[0]!.key);
  expect(calls[0]!.signal.aborted).toBe(true);
  calls[0]!.fail(new Refused({ kind: "cancelled", code: "stopped" }));
  await settle();
  expect(calls[3]!.file.name).toBe("d");
  expect(uploads.items.value.map((item) => item.file.name)).toEqual(["b", "c", "d"]);
  uploads.clear();
  expect(calls.every((call) => call.signal.aborted)).toBe(true);
  expect(uploads.items.value).toEqual([]);
});

test("too large and too many files are not sent", () => {
  // spec 9.3
  expect(uploads.add([file("big", MOST + 1)], MOST)).toBe(0);
  expect(uploads.items.value[0]).toMatchObject({ state: "failed", error: { code: "too_large", field: "size" } });
  expect(calls).toEqual([]);
  expect(uploads.add(Array.from({ length: MOST_FILES }, (_, n) => file(`f${n}`)), MOST)).toBe(1);
  expect(uploads.items.value).toHaveLength(MOST_FILES);
});

test("files that the server has no more are uploaded anew, as another command", async () => {
  uploads.add([file("a")], MOST);
  calls[0]!.done("a1");
  await settle();
  uploads.expired(new Refused({ kind: "not_found", code: "upload_not_found" }));
  expect([states(), uploads.ids]).toEqual([["failed"], []]);
  uploads.retry(uploads.items.value[0]!.key);
  expect(calls[1]!.commandId).not.toBe(calls[0]!.commandId);
});
