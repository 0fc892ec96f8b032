import { expect, test } from "vitest";

import { localTimeOf } from "./local_time";

const at = Date.UTC(2026, 2, 2, 12, 0); // Monday, noon in London

test.each([
  ["Europe/London", "12:00", 0],
  ["Asia/Tokyo", "21:00", 9],
  ["Asia/Kolkata", "17:30", 5.5],
  ["Asia/Kathmandu", "17:45", 5.75],
  ["America/New_York", "07:00", -5],
  ["Pacific/Auckland", "Tue 01:00", 13],
])("%s: %s, %d hours from London", (zone, time, ahead) => {
  // spec 7.8
  const found = localTimeOf(zone, at, "Europe/London");
  expect(found?.ahead).toBe(ahead);
  // The reader's language decides on 12 or 24 hours.
  const hour = Number(time.slice(-5, -3));
  expect(found?.time).toMatch(new RegExp(`0?(${hour}|${hour % 12 || 12}):${time.slice(-2)}`));
  expect(found?.time.startsWith("Tue")).toBe(time.startsWith("Tue"));
});

test("the difference follows daylight-saving time", () => {
  const summer = Date.UTC(2026, 6, 1, 12, 0);
  expect(localTimeOf("Asia/Tokyo", summer, "Europe/London")?.ahead).toBe(8);
});

test("a zone that the browser does not know has no time", () => {
  expect(localTimeOf("Mars/Olympus", at)).toBeNull();
});
