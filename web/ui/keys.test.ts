import { expect, test } from "vitest";

import { isComposing, isEnter } from "./keys";

test.each([
  [{ key: "Enter" }, true],
  [{ key: "Enter", isComposing: true }, false],
  [{ key: "Enter", keyCode: 229 }, false], // how Safari ends a composition
  [{ key: "a" }, false],
])("Enter during composition is not the Enter key: %o", (init, meant) => {
  const event = new KeyboardEvent("keydown", init);
  expect(isEnter(event)).toBe(meant);
});

test("Escape during composition is not the Escape key", () => {
  expect(isComposing(new KeyboardEvent("keydown", { key: "Escape", keyCode: 229 }))).toBe(true);
});
