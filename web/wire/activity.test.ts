import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { reportActivity } from "./activity.ts";

/** The system's state in a browser with an IdleDetector. */
class Machine {
  detectors: FakeDetector[] = [];
  userState: "active" | "idle" = "active";
  screenState: "locked" | "unlocked" = "unlocked";
  permission = Object.assign(new EventTarget(), { state: "granted" });
  installed = true;

  is(userState: "active" | "idle", screenState: "locked" | "unlocked" = "unlocked"): void {
    Object.assign(this, { userState, screenState });
    for (const detector of this.detectors) detector.change();
  }

  permit(state: "granted" | "denied"): void {
    this.permission.state = state;
    this.permission.dispatchEvent(new Event("change"));
  }
}

class FakeDetector extends EventTarget {
  userState: string | null = null;
  screenState: string | null = null;

  async start({ threshold, signal }: { threshold: number; signal: AbortSignal }): Promise<void> {
    expect(threshold).toBeGreaterThanOrEqual(60_000);
    machine.detectors.push(this);
    signal.addEventListener("abort", () => machine.detectors.splice(machine.detectors.indexOf(this), 1));
    this.change();
  }

  change(): void {
    Object.assign(this, { userState: machine.userState, screenState: machine.screenState });
    this.dispatchEvent(new Event("change"));
  }
}

let machine: Machine;
let stop: () => void;
const report = vi.fn(() => true);

beforeEach(() => {
  vi.useFakeTimers();
  report.mockClear();
  machine = new Machine();
  vi.stubGlobal("IdleDetector", FakeDetector);
  vi.stubGlobal("matchMedia", () => ({ matches: machine.installed }));
  vi.stubGlobal("navigator", { permissions: { query: async () => machine.permission } });
});

afterEach(() => {
  stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const pass = (milliseconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);
const move = (): boolean => dispatchEvent(new Event("pointermove"));

async function begin(): Promise<void> {
  stop = reportActivity(report);
  await pass(0);
}

/** How often activity was reported in that time. */
async function reportsIn(milliseconds: number): Promise<number> {
  report.mockClear();
  await pass(milliseconds);
  return report.mock.calls.length;
}

test("the first activity is reported at once and later activity at most every 10 s", async () => {  // spec 1.4, 1.5
  machine.installed = false;
  await begin();
  expect(report).not.toHaveBeenCalled();

  for (let seconds = 0; seconds < 20; seconds++) {
    move();
    await pass(1000);
  }

  expect(report).toHaveBeenCalledTimes(2);
});

test("activity that could not be reported is reported with the next event", async () => {  // spec 1.5
  machine.installed = false;
  report.mockReturnValueOnce(false);
  await begin();

  move();
  move();

  expect(report).toHaveBeenCalledTimes(2);
});

test("focus of the window is activity, focus that the page sets itself is not", async () => {  // spec 1.5
  machine.installed = false;
  await begin();
  const button = document.body.appendChild(document.createElement("button"));
  button.focus();
  expect(document.activeElement).toBe(button);
  expect(report).not.toHaveBeenCalled();
  button.remove();

  dispatchEvent(new Event("focus"));
  expect(report).toHaveBeenCalledTimes(1);
});

test("an installed app reports activity in other windows while it lasts", async () => {  // spec 1.5
  await begin();
  expect(report).toHaveBeenCalledTimes(1);

  expect(await reportsIn(60_000)).toBe(6);
  machine.is("idle");
  expect(await reportsIn(600_000)).toBe(0);
});

test("the first activity after the system was idle is reported at once", async () => {  // spec 1.4, 1.5
  machine.is("idle");
  await begin();
  expect(report).not.toHaveBeenCalled();

  machine.is("active");

  expect(report).toHaveBeenCalledTimes(1);
});

test("a locked screen is no activity", async () => {  // spec 1.5
  await begin();
  machine.is("active", "locked");

  expect(await reportsIn(60_000)).toBe(0);
});

test("activity of the page and of the system together is reported at most every 10 s", async () => {  // spec 1.5
  await begin();
  report.mockClear();
  for (let seconds = 0; seconds < 30; seconds++) {
    await pass(1000);
    move();
  }

  expect(report).toHaveBeenCalledTimes(3);
});

test("a browser tab does not use idle detection", async () => {  // spec 1.5
  machine.installed = false;
  await begin();

  expect(machine.detectors).toEqual([]);
});

test("idle detection starts when it is allowed and stops when it is denied", async () => {  // spec 1.5
  machine.permission.state = "prompt";
  await begin();
  expect(machine.detectors).toEqual([]);

  machine.permit("granted");
  expect(await reportsIn(30_000)).toBe(3);

  machine.permit("denied");
  expect(machine.detectors).toEqual([]);
  expect(await reportsIn(30_000)).toBe(0);
});

test("after stop nothing is detected or reported", async () => {
  await begin();
  stop();
  machine.permit("granted");
  move();

  expect(machine.detectors).toEqual([]);
  expect(await reportsIn(30_000)).toBe(0);
});
