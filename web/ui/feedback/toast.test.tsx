import { signal } from "@preact/signals";
import { act, render, screen } from "@testing-library/preact";
import { afterEach, expect, test, vi } from "vitest";

import { LiveRegions, toast } from "./toast";

afterEach(() => void vi.useRealTimers());

test("a toast is removed when it does not apply any more", () => {
  const applies = signal(true);
  render(<LiveRegions />);
  act(() => void toast("The chat could not be left.", { tone: "danger", while: () => applies.value }));
  expect(screen.getByRole("alert").textContent).toContain("could not be left");
  act(() => void (applies.value = false));
  expect(screen.queryByRole("alert")).toBeNull();
  // It is over, and does not come back.
  act(() => void (applies.value = true));
  expect(screen.queryByRole("alert")).toBeNull();
});

test("a failure stays until it is dismissed, a brief one for some seconds", () => {
  vi.useFakeTimers();
  render(<LiveRegions />);
  act(() => void toast("It failed.", { tone: "danger" }));
  act(() => void toast("It is over.", { tone: "danger", brief: true }));
  act(() => void vi.advanceTimersByTime(7_000));
  expect(screen.getAllByRole("alert")).toHaveLength(2);
  act(() => void vi.advanceTimersByTime(60_000));
  expect(screen.getAllByRole("alert").map(({ textContent }) => textContent)).toEqual(["It failed."]);
});
