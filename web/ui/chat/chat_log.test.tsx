import { fireEvent, render, screen } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test } from "vitest";

import { ChatLog } from "./chat_log";

// jsdom has no layout: the test says how high the log is.
let resized: () => void = () => undefined;
let observed: Element[] = [];
const real = globalThis.ResizeObserver;

beforeEach(() => {
  observed = [];
  globalThis.ResizeObserver = class {
    constructor(callback: ResizeObserverCallback) {
      resized = () => callback([], this);
    }
    observe = (element: Element) => void observed.push(element);
    unobserve() {}
    disconnect() {}
  };
});

afterEach(() => {
  globalThis.ResizeObserver = real;
});

function shown(): HTMLElement {
  render(<ChatLog items={[]} me="ava" onRetry={() => undefined} />);
  return screen.getByRole("log");
}

function become(log: HTMLElement, scrollHeight: number): void {
  Object.defineProperty(log, "scrollHeight", { value: scrollHeight, configurable: true });
  Object.defineProperty(log, "clientHeight", { value: 200, configurable: true });
}

test("a log at its end stays there when a picture in it becomes higher", () => {
  // spec 7.9
  const log = shown();
  expect(observed).toContain(log.firstElementChild);
  become(log, 500);
  resized();
  expect(log.scrollTop).toBe(500);
  become(log, 900);
  resized();
  expect(log.scrollTop).toBe(900);
});

test("a log that becomes higher before the event of its scrolling arrives stays at its end", () => {
  // spec 7.9
  const log = shown();
  become(log, 500);
  resized();
  become(log, 900);
  fireEvent.scroll(log);
  expect(log.scrollTop).toBe(900);
  expect(screen.queryByRole("button", { name: /latest/ })).toBeNull();
});

test("a log that is scrolled up stays where it is", () => {
  // spec 7.9
  const log = shown();
  become(log, 500);
  resized();
  log.scrollTop = 100;
  fireEvent.scroll(log);
  become(log, 900);
  resized();
  expect(log.scrollTop).toBe(100);
  expect(screen.getByRole("button", { name: /latest/ })).toBeTruthy();
});

test("a reader who came back to the end by scrolling leaves it by scrolling up", () => {
  // spec 7.9
  const log = shown();
  const scrollTo = (top: number) => {
    log.scrollTop = top;
    fireEvent.scroll(log);
  };
  become(log, 500);
  resized();
  scrollTo(100);
  become(log, 1500);
  resized();
  scrollTo(1300);
  scrollTo(1200);
  expect(log.scrollTop).toBe(1200);
  expect(screen.getByRole("button", { name: /latest/ })).toBeTruthy();
});
