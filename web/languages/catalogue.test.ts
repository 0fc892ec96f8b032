// spec 13.6: German has every text that English has, each with the same values in it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { type Catalogue, inLanguage, takeCatalogue } from "./catalogue.ts";
import { catalogue as portal } from "./de/portal.ts";
import { catalogue as signin } from "./de/signin.ts";
import { catalogue as tech } from "./de/tech.ts";
import { LANGUAGES } from "./language.ts";
import { SHOWN_TEXTS } from "./shown_texts.ts";

const WEB = join(import.meta.dirname, "..");
const NAMED = /inLanguage\("(\w+)"/g;

type Leaf = string | ((...values: never[]) => unknown);

/** What the apps' folders define: the name of each group of texts -> its file. */
function filesOf(...folders: string[]): Map<string, string> {
  const files = folders.flatMap((folder) => readdirSync(join(WEB, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)));
  const found = files.filter((file) => file.endsWith("texts.ts")).flatMap((file) => [...readFileSync(join(WEB, file), "utf8").matchAll(NAMED)].map(([, name]) => [name!, file] as const));
  return new Map(found);
}

/** Each text with the path of its keys, such as alerts.off.away. */
function leavesOf(value: unknown, path: string): [string, Leaf][] {
  if (typeof value === "string" || typeof value === "function") return [[path, value as Leaf]];
  const inside = value instanceof Map ? [...value] : Object.entries(value as object);
  return inside.flatMap(([key, one]) => leavesOf(one, `${path}.${String(key)}`));
}

async function englishOf(file: string, name: string): Promise<[string, Leaf][]> {
  const module = (await import(/* @vite-ignore */ join(WEB, file))) as Record<string, unknown>;
  const exported = Object.entries(module).filter(([key]) => /texts$/i.test(key));
  expect(exported).toHaveLength(1);
  return leavesOf(exported[0]![1], name);
}

const placeholders = (text: Leaf) => (typeof text === "string" ? [...text.matchAll(/\{[\w ]+\}|%\w/g)].map(String).sort() : []);
const isSentence = (text: Leaf) => typeof text === "string" && /\p{L}+ \p{L}+ \p{L}+/u.test(text);

describe.each([
  ["tech", ["tech", "ui", "wire"], tech],
  ["portal", ["portal", "ui", "wire"], portal],
] as [string, string[], Catalogue][])("the German texts of %s", (_, folders, german) => {
  const files = filesOf(...folders);
  const compared = [...files].filter(([name]) => name !== "server");  // English is the server's own: server_texts.test.ts

  test("are those of its folders", () => {
    expect(Object.keys(german).sort()).toEqual([...files.keys()].sort());
  });

  test.each(compared)("%s has the keys of English, functions with the same parameters, and the same placeholders", async (name, file) => {
    const [english, translated] = [await englishOf(file, name), leavesOf(german[name], name)];
    // The compiler refuses a parameter that a function does not use.
    const shapes = (leaves: [string, Leaf][]) => leaves.map(([path, text]) => [path, typeof text === "function" ? text.length : "text", placeholders(text)].join(" ")).sort();
    expect(shapes(translated)).toEqual(shapes(english));
    const empty = (leaves: [string, Leaf][]) => leaves.filter(([, text]) => text === "").map(([path]) => path).sort();
    expect(empty(translated)).toEqual(empty(english));
  });

  test.each(compared)("%s has no sentence in English", async (name, file) => {
    const translated = new Map(leavesOf(german[name], name));
    const same = (await englishOf(file, name)).filter(([path, text]) => isSentence(text) && translated.get(path) === text);
    expect(same).toEqual([]);
  });
});

test("the sign-in page has its texts and those of the components that it shows", async () => {
  expect(Object.keys(signin)).toEqual(["ui", "signin"]);
  const english = await englishOf("signin/texts.ts", "signin");
  expect(leavesOf(signin.signin, "signin").map(([path]) => path).sort()).toEqual(english.map(([path]) => path).sort());
});

test("shown notifications have texts in each language", () => {
  expect(Object.keys(SHOWN_TEXTS)).toEqual([...LANGUAGES]);
});

test("texts come from the catalogue that was taken, and in English where it has none of the name", () => {
  takeCatalogue({ greeting: { hello: "Hallo" } });
  expect(inLanguage("greeting", { hello: "Hello" })).toEqual({ hello: "Hallo" });
  expect(inLanguage("farewell", { bye: "Bye" })).toEqual({ bye: "Bye" });
  takeCatalogue({});
});
