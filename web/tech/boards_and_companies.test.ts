import { signal } from "@preact/signals";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { DeskDirectory, optionsOf } from "./boards_and_companies";

const FOUND = { boards: [{ id: "b1", name: "Service desk" }], companies: [{ id: "acme", name: "Acme Ltd" }] };
const starts = signal(1);
let calls: { resolve: (found: typeof FOUND) => void; reject: (error: Error) => void }[] = [];
const store = { starts, boardsAndCompanies: () => new Promise<typeof FOUND>((resolve, reject) => calls.push({ resolve, reject })) };

beforeEach(() => {
  vi.useFakeTimers();
  starts.value = 1;
  calls = [];
});

afterEach(() => {
  vi.useRealTimers();
});

const settled = () => vi.advanceTimersByTimeAsync(0);

test("all parts of the page share one load of each start", async () => {
  const directory = new DeskDirectory(store);
  directory.use();
  directory.use();
  calls[0]!.resolve(FOUND);
  await settled();
  directory.use();
  expect(calls).toHaveLength(1);
  expect(directory.loaded.value).toBe(FOUND);

  starts.value = 2;
  directory.use();
  directory.use();
  expect(calls).toHaveLength(2);
  expect(directory.loaded.value).toBe(FOUND);
});

test("a failed load is tried again while a part uses it", async () => {
  const directory = new DeskDirectory(store);
  const end = directory.use();
  calls[0]!.reject(new Error("down"));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(calls).toHaveLength(2);
  calls[1]!.reject(new Error("down"));
  await settled();
  expect(directory.loaded.value).toBeNull();

  end();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(calls).toHaveLength(2);
  directory.use();
  calls[2]!.resolve(FOUND);
  await settled();
  expect(directory.loaded.value).toBe(FOUND);
});

test("a change of a colleague shows on a page that is opened a minute later", async () => {
  const directory = new DeskDirectory(store);
  directory.use();
  calls[0]!.resolve(FOUND);
  await vi.advanceTimersByTimeAsync(59_000);
  directory.use();
  expect(calls).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1_000);
  directory.use();
  expect(calls).toHaveLength(2);
});

test("an archived board is no choice, except where it is chosen, and is marked there", () => {
  // spec 2.10
  const boards = [{ id: "b1", name: "Service desk" }, { id: "b2", name: "Old board", archived: true }];
  expect(optionsOf(boards, "b1")).toEqual([{ value: "b1", label: "Service desk" }]);
  expect(optionsOf(boards, "b2")[1]).toEqual({ value: "b2", label: "Old board (archived)" });
});
