import { afterEach, expect, test } from "vitest";

import { followKeyboard } from "./touch_keyboard";

const styleOf = (name: string) => document.documentElement.style.getPropertyValue(`--above-keyboard-${name}`);

let stop = (): void => undefined;
afterEach(() => stop());

test("the styles know what a keyboard leaves of the screen, and nothing without one, under a bar of the browser and while zoomed", () => {
  const shown = Object.assign(new EventTarget(), { scale: 1, height: innerHeight, offsetTop: 0 });
  const becomes = (part: Partial<typeof shown>, event = "resize") => Object.assign(shown, part).dispatchEvent(new Event(event));
  stop = followKeyboard(shown as unknown as VisualViewport);
  becomes({ height: innerHeight - 300, offsetTop: 0 });
  expect([styleOf("top"), styleOf("height")]).toEqual(["0px", `${innerHeight - 300}px`]);
  becomes({ offsetTop: 40 }, "scroll");
  expect(styleOf("top")).toBe("40px");
  becomes({ height: innerHeight - 60, offsetTop: 0 });
  expect([styleOf("top"), styleOf("height")]).toEqual(["", ""]);
  becomes({ height: innerHeight / 2, scale: 2 });
  expect(styleOf("height")).toBe("");

  stop();
  becomes({ height: innerHeight - 300, scale: 1 });
  expect(styleOf("height")).toBe("");
});
