import { expect, test } from "vitest";
import de from "virtual:emoji/de";
import en from "virtual:emoji/en";

import { COLUMNS, search, step } from "./groups";

const emojiOf = (found: ReturnType<typeof search>) => found.map(([emoji]) => emoji);

test("every emoji has a name in each language, and is in one group", () => { // spec 13.6
  const [english, german] = [en, de].map((groups) => groups.flatMap(({ emoji }) => emoji));
  expect(new Set(english!.map(([emoji]) => emoji)).size).toBe(english!.length);
  expect(german!.map(([emoji]) => emoji)).toEqual(english!.map(([emoji]) => emoji));
  expect([...english!, ...german!].filter(([, name]) => !name.trim())).toEqual([]);
  expect(en.map(({ key }) => key)).toEqual(["smileys", "people", "animals", "food", "travel", "activities", "objects", "symbols", "flags"]);
  expect(en.filter(({ emoji }) => emoji.length < 50)).toEqual([]);
});

test("each word of a search begins a word of the emoji, in the language of the page and without accents", () => {
  expect(emojiOf(search(en, "thumbs up"))).toEqual(["👍️"]);
  expect(emojiOf(search(en, "up THUMB"))).toContain("👍️");
  expect(emojiOf(search(de, "daumen hoch"))[0]).toBe("👍️");
  expect(emojiOf(search(de, "gesicht lacheln"))).toEqual(emojiOf(search(de, "Gesicht lächeln")));
  expect(emojiOf(search(de, "gesicht lacheln"))).not.toEqual([]);
  expect(search(en, "qqqq")).toEqual([]);
});

test("an emoji whose name begins with the search comes first, and a search finds at most ten rows", () => {
  const names = search(en, "heart").map(([, name]) => name);
  expect(names[0]).toMatch(/^heart/);
  expect(names.length).toBeGreaterThan(20);
  expect(search(en, "a")).toHaveLength(10 * COLUMNS);
});

test.each([
  ["ArrowRight", 0, 1],
  ["ArrowRight", 9, 9],
  ["ArrowLeft", 0, 0],
  ["ArrowLeft", 7, 6],
  ["ArrowDown", 1, 8],
  ["ArrowDown", 5, 9],
  ["ArrowDown", 8, 8],
  ["ArrowUp", 8, 1],
  ["ArrowUp", 3, -1],
  ["Home", 5, 0],
  ["Home", 9, 7],
  ["End", 1, 6],
  ["End", 7, 9],
  ["a", 1, undefined],
])("among ten emoji, %s at %i leads to %s", (key, here, next) => {
  expect(step({ key, ctrlKey: false }, here, 10)).toBe(next);
});

test("Ctrl+Home and Ctrl+End lead to the first and the last emoji", () => {
  expect(step({ key: "Home", ctrlKey: true }, 9, 10)).toBe(0);
  expect(step({ key: "End", ctrlKey: true }, 0, 10)).toBe(9);
});
