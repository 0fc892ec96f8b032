import { signal } from "@preact/signals";
import { act, render, screen } from "@testing-library/preact";
import { afterEach, expect, test, vi } from "vitest";

import { LiveRegions, settled, toast } from "./toast";

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

test("what could not be changed is shown until the same is changed or fails otherwise, or the page is left", () => {
  render(<LiveRegions />);
  const shown = () => screen.queryAllByRole("alert").map(({ textContent }) => textContent);
  act(() => void toast("The status failed.", { tone: "danger", about: "ticket:t7:status" }));
  act(() => void toast("The board failed.", { tone: "danger", about: "ticket:t7:board" }));
  act(() => void toast("The status failed otherwise.", { tone: "danger", about: "ticket:t7:status" }));
  act(() => void toast("The chat could not be left.", { tone: "danger" }));
  expect(shown()).toEqual(["The board failed.", "The status failed otherwise.", "The chat could not be left."]);
  act(() => settled("ticket:t7:board"));
  expect(shown()).toEqual(["The status failed otherwise.", "The chat could not be left."]);
  act(() => settled());
  expect(shown()).toEqual(["The chat could not be left."]);
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

test("a failure with a time is removed after it, or when it does not apply any more", () => {
  vi.useFakeTimers();
  const applies = signal(true);
  render(<LiveRegions />);
  act(() => void toast("Ava joined first: Mail", { tone: "danger", shownMs: 30_000, while: () => true }));
  act(() => void toast("Ava joined first: Printer", { tone: "danger", shownMs: 30_000, while: () => applies.value }));
  act(() => void vi.advanceTimersByTime(29_000));
  expect(screen.getAllByRole("alert")).toHaveLength(2);
  act(() => void (applies.value = false));
  expect(screen.getAllByRole("alert").map(({ textContent }) => textContent)).toEqual(["Ava joined first: Mail"]);
  act(() => void vi.advanceTimersByTime(2_000));
  expect(screen.queryByRole("alert")).toBeNull();
});

test("a toast stays while the page is hidden, until it was shown for some seconds", () => {
  vi.useFakeTimers();
  const visibility = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
  render(<LiveRegions />);
  act(() => void toast("Sam has taken over the chat."));
  act(() => void vi.advanceTimersByTime(60_000));
  visibility.mockReturnValue("visible");
  document.dispatchEvent(new Event("visibilitychange"));
  act(() => void vi.advanceTimersByTime(7_000));
  expect(screen.getByRole("status").textContent).toContain("Sam");
  act(() => void vi.advanceTimersByTime(2_000));
  expect(screen.queryByRole("status")).toBeNull();
  visibility.mockRestore();
});
