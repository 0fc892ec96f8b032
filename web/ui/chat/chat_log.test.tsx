import { fireEvent, render, screen } from "@testing-library/preact";
import { expect, test } from "vitest";

import { ChatLog } from "./chat_log";
import type { ChatItem } from "./model";

const ITEMS: ChatItem[] = [{ kind: "message", key: "1", by: { id: "mia", name: "Mia Torres", side: "customer" }, at: 0, text: "The display is black" }];

/** The log with heights, which jsdom does not compute. As in a browser, `scrollTop` stays within the content. */
function shown(): { log: HTMLElement; lengthen: (height: number) => void } {
  render(<ChatLog items={ITEMS} me="ava" onRetry={() => undefined} />);
  const log = screen.getByRole("log");
  let [height, top] = [1000, 0];
  Object.defineProperties(log, {
    clientHeight: { value: 300 },
    scrollHeight: { get: () => height },
    scrollTop: { get: () => top, set: (value: number) => (top = Math.max(0, Math.min(value, height - 300))) },
  });
  log.scrollTop = height;
  fireEvent.scroll(log);
  return { log, lengthen: (next) => (height = next) };
}

const latest = () => screen.queryByRole("button", { name: "Jump to latest" });

test("the log stays at its end when a picture makes it longer, whether the browser reports the scroll or the load first", () => {
  const { log, lengthen } = shown();
  lengthen(1200);
  fireEvent.scroll(log);
  expect(log.scrollTop).toBe(900);
  lengthen(1500);
  fireEvent.load(screen.getByText("The display is black"));
  expect(log.scrollTop).toBe(1200);
  expect(latest()).toBeNull();
});

test("a reader who has scrolled up stays there", async () => {
  const { log, lengthen } = shown();
  log.scrollTop = 200;
  fireEvent.scroll(log);
  lengthen(1500);
  fireEvent.load(screen.getByText("The display is black"));
  fireEvent.scroll(log);
  expect(log.scrollTop).toBe(200);
  expect(await screen.findByRole("button", { name: "Jump to latest" })).toBeTruthy();
});
