import { act, render, screen } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { useQuietLog } from "./quiet_log";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

let hush: () => void;
function Log({ loading }: { loading: boolean }) {
  const quiet = useQuietLog(loading);
  hush = quiet.hush;
  return <div role="log" aria-live={quiet.live} />;
}

const live = () => screen.getByRole("log").getAttribute("aria-live");
const later = (ms: number) => act(async () => void (await vi.advanceTimersByTimeAsync(ms)));

test("a log announces nothing that it loads, and what comes after that", async () => {
  const { rerender } = render(<Log loading />);
  await later(5000);
  expect(live()).toBe("off");
  rerender(<Log loading={false} />);
  expect(live()).toBe("off");
  await later(600);
  expect(live()).toBeNull();
  rerender(<Log loading />);
  expect(live()).toBe("off");
});

test("earlier messages are not announced", async () => {
  render(<Log loading={false} />);
  await later(600);
  await act(() => hush());
  expect(live()).toBe("off");
  await later(300);
  await act(() => hush());
  await later(300);
  expect(live()).toBe("off");
  await later(300);
  expect(live()).toBeNull();
});
