import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { render, screen } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test } from "vitest";

import { Tabs } from "./tabs/tabs";

const WEB = join(import.meta.dirname, "..");
const PHYSICAL =
  /(?:^|[\s;{])(?:(?:left|right)\s*:|[\w-]+-(?:left|right)(?:-[\w]+)?\s*:|(?:float|clear|text-align)\s*:\s*(?:left|right)|transform\s*:.*translateX\((?!calc\(.*--toward-end))/;
const FOUR_SIDES = /(?:^|\s)(margin|padding|inset|border-width|border-radius|scroll-margin|scroll-padding)\s*:\s*([^;]+)/;

// The corner of a message towards its sender: the text has its own direction, so its logical corners are not those of the page.
const EXCEPTIONS = new Set(["ui/chat/chat_log.css: border-radius: 5px 14px 14px;", "ui/chat/chat_log.css: border-radius: 14px 5px 14px 14px;"]);

/** Whether a declaration names a left or right side, or gives the two sides different values. */
function isPhysical(declaration: string): boolean {
  if (PHYSICAL.test(declaration)) return true;
  const [, property, value] = FOUR_SIDES.exec(declaration) ?? [];
  if (!property) return false;
  const sides = value!.match(/(?:[^\s(]|\((?:[^()]|\([^()]*\))*\))+/g)!;
  const [first, second = first, third = first, fourth = second] = sides;
  return property === "border-radius" ? first !== second || third !== fourth : second !== fourth;
}

test.each([
  ["left: 0;", true],
  ["padding-right: 4px;", true],
  ["border-top-left-radius: 4px;", true],
  ["text-align: right;", true],
  ["transform: translateX(-50%);", true],
  ["margin: 0 0 0 4px;", true],
  ["inset: 0 auto 0 calc(2px + var(--s1));", true],
  ["border-radius: 4px 0 0;", true],
  ["border-radius: 4px 4px 0 0;", false],
  ["inset-inline-start: 0;", false],
  ["transform: translateX(calc(2px * var(--toward-end)));", false],
  ["padding: 0 4px 8px;", false],
  ["text-align: start;", false],
])("%s is physical: %s", (declaration, physical) => {
  expect(isPhysical(declaration)).toBe(physical);
});

test("the style sheets name no left and right, so that every page can be read from right to left", () => { // spec 13.6
  const folders = ["ui", "tech", "portal", "signin", "public", "gallery"];
  const sheets = folders.flatMap((folder) => readdirSync(join(WEB, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)));
  const found = sheets
    .filter((name) => name.endsWith(".css"))
    .flatMap((name) => readFileSync(join(WEB, name), "utf8").split("\n").filter(isPhysical).map((declaration) => `${name}: ${declaration.trim()}`));

  expect(new Set(found)).toEqual(EXCEPTIONS);
});

afterEach(() => {
  document.dir = "";
});

test.each([
  ["ltr", "{ArrowRight}", "two"],
  ["rtl", "{ArrowLeft}", "two"],
  ["rtl", "{ArrowRight}", "three"],
])("in a page that is %s %s leads to the tab in that direction", async (direction, key, next) => { // spec 13.6
  document.dir = direction;
  render(<Tabs label="Numbers" tabs={["one", "two", "three"].map((name) => ({ key: name, name, label: name }))} selected={null} onSelect={() => undefined} />);
  screen.getByRole("tab", { name: "one" }).focus();

  await userEvent.keyboard(key);

  expect(document.activeElement).toBe(screen.getByRole("tab", { name: next }));
});
