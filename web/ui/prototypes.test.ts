// No prototype pollution (ASVS 15.3.6): no object gets a field whose name comes from input. Maps are safe, and so are the names in new
// objects, as in { [name]: value } and Object.fromEntries, which never reach a prototype.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

const WEB = join(import.meta.dirname, "..");
const FOLDERS = ["languages", "portal", "signin", "tech", "ui", "wire", "worker"];
const BY_NAME = /[\w)\]]\[([^\]\n]+)\]\s*(?:[-+*/%&|^]|\*\*|<<|>>>?|&&|\|\||\?\?)?=(?![=>])/g;
const LITERAL = /^(?:"[^"]*"|\d+)$/;
const PROTOTYPES = /__proto__|setPrototypeOf|\bconstructor\.prototype|Object\.assign\((?![^\n]*, \{)/g;
// What is assigned by a name -> why it is safe.
const SAFE: Record<string, string> = {
  "tech/logs/log_file.ts: t[size++]": "the array of the bytes of a file",
  "ui/theme/look.ts: t[name]": "the name is theme or density",
  "wire/older.ts: s[status]": "the statuses are those of the code",
};

/** Each assignment in the text to a field that is named at run time, and each access to a prototype. */
function found(text: string): string[] {
  const assigned = [...text.matchAll(BY_NAME)].filter(([, name = ""]) => !LITERAL.test(name));
  const fields = assigned.map(([whole]) => whole.replace(/\s*[^\s\]]*=$/, ""));
  return [...fields, ...(text.match(PROTOTYPES) ?? [])];
}

test.each([
  ["kept[name] = value", ["t[name]"]],
  ["counts[of.key] += 1", ["s[of.key]"]],
  ["Object.assign(target, JSON.parse(text))", ["Object.assign("]],
  ["one.__proto__.admin = true", ["__proto__"]],
  ['kept["name"] = value; all[0] = 1; const [a, b] = pair; if (a[b] === c) d(); Object.assign(a, { b })', []],
])("%s", (text, names) => {
  expect(found(text)).toEqual(names);
});

test("no object gets a field whose name comes from input", () => {
  const namesIn = (folder: string) => readdirSync(join(WEB, folder), { recursive: true, encoding: "utf8" });
  const files = FOLDERS.flatMap((folder) => namesIn(folder).map((name) => `${folder}/${name}`));
  const own = files.filter((name) => /\.tsx?$/.test(name) && !/\.test\.|\/testing\/|\/gen\//.test(name));
  expect(own.length).toBeGreaterThan(100);
  const names = own.flatMap((name) => found(readFileSync(join(WEB, name), "utf8")).map((one) => `${name}: ${one}`));
  expect(names.sort()).toEqual(Object.keys(SAFE).sort());
});
