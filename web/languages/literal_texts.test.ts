// spec 13.6: what people read stands in the texts files, where another language can replace it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";
import { parseAst } from "vite";

const WEB = join(import.meta.dirname, "..");
const FOLDERS = ["ui", "tech", "portal", "signin", "wire", "worker"];
const NO_APP_FILES = /\.test\.tsx?$|[\\/](testing|gen)[\\/]|texts\.ts$/;
const LABELS = new Set(["label", "title", "aria-label", "placeholder", "alt", "hint", "text", "lead", "heading", "description"]);
const SENTENCE = /^\p{Lu}\p{L}* \p{L}/u;

// The others are never shown, or are names.
const ALLOWED: Readonly<Record<string, string>> = {
  Parley: "the product's name",
  "Erased person": "the name that the server gives too: it is data",
  "AppContext is missing above this component": "an error of the program",
  "Another page of this browser did.": "a report to the server, for the audit of a delivery",
  "This browser has no service worker for Parley.": "a report to the server",
  "The browser did not show it: ": "a report to the server",
  "The browser did not start the sound.": "a report to the server",
  "The browser blocks sound until a click in the page.": "a report to the server",
};

type Node = { type: string; [field: string]: unknown };

/** The texts in the code that a person might read. */
function textsIn(value: unknown, found: string[] = []): string[] {
  if (Array.isArray(value)) value.forEach((one) => textsIn(one, found));
  else if (value && typeof value === "object") {
    const text = textOf(value as Node)?.replace(/\s+/g, " ");
    if (text) found.push(text.trim() === "Parley" ? "Parley" : text);
    else Object.values(value).forEach((one) => textsIn(one, found));
  }
  return found;
}

function textOf(node: Node): string | undefined {
  const has = (text: unknown, pattern: RegExp) => (typeof text === "string" && pattern.test(text) ? text : undefined);
  if (node.type === "JSXText") return has(node.value, /\p{L}/u);
  if (node.type === "JSXAttribute" && LABELS.has((node.name as { name: string }).name)) return has((node.value as Node | null)?.value, /\p{L}/u);
  if (node.type === "TemplateElement") return has((node.value as { cooked: string }).cooked, SENTENCE);
  return node.type === "Literal" ? has(node.value, SENTENCE) : undefined;
}

function textsOf(file: string): string[] {
  return textsIn(parseAst(readFileSync(join(WEB, file), "utf8"), { lang: file.endsWith("x") ? "tsx" : "ts" }).body);
}

test("only texts files have texts for people", () => {
  const files = FOLDERS.flatMap((folder) => readdirSync(join(WEB, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)));
  const sources = files.filter((file) => /\.tsx?$/.test(file) && !NO_APP_FILES.test(file));
  const found = sources.flatMap((file) => textsOf(file).map((text) => ({ file, text })));
  expect(found.filter(({ text }) => !(text in ALLOWED))).toEqual([]);
  expect(Object.keys(ALLOWED).filter((text) => !found.some((one) => one.text === text))).toEqual([]);
});

test.each([
  ["<p>Hello</p>", ["Hello"]],
  ['<img alt="A cat" class="picture" />', ["A cat"]],
  ["<p title={`Wait for ${name}`} />", ["Wait for "]],
  ['toast("Please try again")', ["Please try again"]],
  ['<p class="one two">{texts.hello}</p>', []],
])("the check sees texts: %s", (code, texts) => {
  expect(textsIn(parseAst(code, { lang: "tsx" }).body)).toEqual(texts);
});
