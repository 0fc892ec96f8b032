import { expect, test } from "vitest";

import type { SessionCard } from "../../wire/index.ts";
import { isLateCallback, isOverPromise } from "./promises";

test.each<[SessionCard, number, boolean]>([
  [{ waitingSince: "2026-03-02T09:00:00Z" }, 60, false],
  [{ waitingSince: "2026-03-02T08:59:59Z" }, 60, true],
  [{ waitingSince: "2026-03-02T08:00:00Z" }, 0, false],
])("%j with a promise of %i s is late: %s", (card, promise, late) => {
  // spec 13.7
  expect(isOverPromise(card, promise, Date.parse("2026-03-02T09:01:00Z") / 1000)).toBe(late);
});

test("a call-back is late when its last preferred time is over", () => {
  // spec 13.7
  const card: SessionCard = { status: "CHAT_STATUS_CALLBACK", callback: { windows: [{ until: "2026-03-02T09:00:00Z" }, { until: "2026-03-02T10:00:00Z" }] } };
  const at = (time: string): boolean => isLateCallback(card, Date.parse(time) / 1000);
  expect([at("2026-03-02T09:30:00Z"), at("2026-03-02T10:00:00Z")]).toEqual([false, true]);
  expect(isLateCallback({ ...card, callback: {} }, Date.parse("2030-01-01T00:00:00Z") / 1000)).toBe(false);
});
