import { expect, test } from "vitest";

import { kept } from "./kept";

test.each([
  [[], "[null]"],
  [[], "[5]"],
  [[], '{"0":1}'],
  [{ width: 340, height: 460 }, '{"width":"x","height":null}'],
  [{ width: 340, height: 460 }, "[]"],
  [{}, "null"],
  [{}, "7"],
  [null, "{}"],
  [null, "{"],
])("invalid stored values are replaced by the fallback: %o, %s", (fallback, junk) => {
  localStorage.setItem("parley.tech.key", junk);
  expect(kept("key", fallback)).toEqual(fallback);
});

test("a valid stored value is used", () => {
  localStorage.setItem("parley.tech.key", '[{"id":"s1","minimised":true}]');
  expect(kept("key", [])).toEqual([{ id: "s1", minimised: true }]);
});
