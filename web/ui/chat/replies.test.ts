import { expect, test } from "vitest";

import { filled, matching, placeholders, type Reply, slashBefore } from "./replies";

test.each([
  ["/", 1, { from: 0, search: "" }],
  ["/hel", 4, { from: 0, search: "hel" }],
  ["/hello", 4, { from: 0, search: "hel" }],
  ["Hi /by", 6, { from: 3, search: "by" }],
  ["one\n/two", 8, { from: 4, search: "two" }],
  ["", 0, null],
  ["hello", 5, null],
  ["and/or", 6, null],
  ["http://a", 8, null],
  ["/ ", 2, null],
  ["/hello you", 10, null],
  ["/hel", 0, null],
  [`/${"x".repeat(41)}`, 42, null],
])("a slash at the start of a word, before the caret: %j at %i", (text, caret, found) => {  // spec 13.1
  expect(slashBefore(text, caret)).toEqual(found);
});

const reply = (title: string, text = ""): Reply => ({ id: title, title, text, group: "Yours" });

test("titles that begin with the search come before those that contain it, and before texts", () => {  // spec 13.1
  const all = [reply("Ask for more", "hello"), reply("Othello"), reply("Warm hello"), reply("Bye"), reply("Hello")];
  expect(matching(all, "HEL").map((one) => one.title)).toEqual(["Hello", "Warm hello", "Othello", "Ask for more"]);
  expect(matching(all, "").map((one) => one.title)).toEqual(["Ask for more", "Bye", "Hello", "Othello", "Warm hello"]);
  expect(matching(all, "nothing")).toEqual([]);
  expect(matching(Array.from({ length: 30 }, (_, number) => reply(`Hello ${number}`)), "hel")).toHaveLength(8);
});

test("placeholders with a value are filled, others stay", () => {  // spec 13.1
  const text = "Hello {customer}, {Ticket} is due {date}. {x y} {} { a} {customer";
  expect(filled(text, { customer: "Mia", ticket: "", date: "" })).toBe("Hello Mia, {Ticket} is due {date}. {x y} {} { a} {customer");
  expect(filled("{CUSTOMER} {$&}", { customer: "$& $1" })).toBe("$& $1 {$&}");
});

test("the placeholders of a text are found in their order", () => {  // spec 13.1
  expect(placeholders("a {one} b {two} {} {three")).toEqual([
    [2, 7],
    [10, 15],
  ]);
  expect(placeholders("a")).toEqual([]);
});
