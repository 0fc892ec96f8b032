import { expect, test } from "vitest";

import { windowsOf } from "./time_windows";

const hours = (from: string, until: string): number | null => {
  const windows = windowsOf([{ day: "2026-03-02", from, until }]);
  return windows && (Date.parse(windows[0]!.until!) - Date.parse(windows[0]!.from!)) / 3_600_000;
};

test("a time window may end after midnight", () => {
  // spec 4.10
  expect(hours("22:00", "00:30")).toBe(2.5);
  expect(hours("09:00", "12:00")).toBe(3);
  expect([hours("09:00", "09:00"), hours("", "12:00"), hours("09:00", "")]).toEqual([null, null, null]);
  expect(windowsOf([{ day: "", from: "09:00", until: "12:00" }])).toBeNull();
});
