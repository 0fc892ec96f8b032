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
])("whatever the storage holds, a page starts with what it can use: %o, %s", (fallback, junk) => {
  localStorage.setItem("parley.tech.key", junk);
  expect(kept("key", fallback)).toEqual(fallback);
});

test("what fits is taken", () => {
  localStorage.setItem("parley.tech.key", '[{"id":"s1","minimised":true}]');
  expect(kept("key", [])).toEqual([{ id: "s1", minimised: true }]);
});
