// tests/unit/servicekit/test_text.py runs the same cases (spec 3.6).
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { describe, expect, test } from "vitest";

import { cut, excess, faultOf, isBlank, isolated, lengthOf, oneLine, repaired, tidied } from "./text.ts";

// Read, not imported: the bundler's JSON parser refuses half a surrogate pair.
const read = (name: string): unknown => JSON.parse(readFileSync(resolve(import.meta.dirname, "../../tests/cases/text", name), "utf8"));

type Case = { name: string; text: string; blank?: boolean; length?: number; fault?: string; line_fault?: string; line?: string; repaired?: string; tidied?: string };

describe.each(read("texts.json") as Case[])("$name", (one) => {
  const fault = one.blank ? "empty" : (one.fault ?? "");

  test("is accepted or refused as in the services", () => {
    expect(isBlank(one.text)).toBe(one.blank ?? false);
    expect(lengthOf(one.text)).toBe(one.length ?? [...one.text].length);
    expect(faultOf(one.text, 100)).toBe(fault);
    expect(faultOf(one.text, 100, "one")).toBe(fault || (one.line_fault ?? ""));
    expect(oneLine(one.text)).toBe(one.blank ? "" : (one.line ?? one.repaired ?? one.text));
  });

  test("is repaired to a text that the services accept", () => {
    expect(repaired(one.text)).toBe(one.repaired ?? one.text);
    expect(["", "empty"]).toContain(faultOf(repaired(one.text), 100));
    if (!one.blank) expect(tidied(one.text)).toBe(one.tidied ?? one.repaired ?? one.text);
    else expect(faultOf(tidied(one.text), 100)).toBe("empty");
  });
});

test.each(read("cuts.json") as { name: string; text: string; most: number; mark?: string; cut: string }[])("cut: $name", (one) => {
  expect(cut(one.text, one.most, one.mark)).toBe(one.cut);
});

test("the excess is counted in code points", () => {
  expect(excess("😀".repeat(600), 600)).toBe(0);
  expect(excess("😀".repeat(600), 500)).toBe(100);
  expect(faultOf("a".repeat(101), 100)).toBe("too_long");
});

test("a right-to-left name is isolated from its sentence", () => {
  expect(["Mia Torres", "Zoë", "李雷"].map(isolated)).toEqual(["Mia Torres", "Zoë", "李雷"]);
  expect(isolated("דנה")).toBe("\u2068דנה\u2069");
  expect(isolated("Mia\u202e")).toBe("\u2068Mia\u2069");
});
