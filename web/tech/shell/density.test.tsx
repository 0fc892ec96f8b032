import { readFileSync } from "node:fs";
import { join } from "node:path";

import { act, screen } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test } from "vitest";

import { ready, tech, withTech } from "../testing/page";
import { chooseDensity, density, startDensity } from "./density";

withTech();
afterEach(() => {
  chooseDensity("comfortable");
  localStorage.removeItem("parley.density");
});

const shown = () => document.documentElement.dataset.density;

async function menu(): Promise<void> {
  await userEvent.click(screen.getByRole("button", { name: /^Your presence/ }));
}

test("the person's menu makes the screen compact and comfortable again, and the choice is kept", async () => {
  tech();
  await ready();
  await menu();
  expect(screen.getByRole("menuitemradio", { name: "Comfortable" }).getAttribute("aria-checked")).toBe("true");
  await userEvent.click(screen.getByRole("menuitemradio", { name: "Compact" }));
  expect([shown(), localStorage.getItem("parley.density")]).toEqual(["compact", "compact"]);
  await menu();
  expect(screen.getByRole("menuitemradio", { name: "Compact" }).getAttribute("aria-checked")).toBe("true");
  await userEvent.click(screen.getByRole("menuitemradio", { name: "Comfortable" }));
  expect([shown(), localStorage.getItem("parley.density")]).toEqual([undefined, "comfortable"]);
});

test("the kept density is applied at the start, and one that another tab chose at once", () => {
  localStorage.setItem("parley.density", "compact");
  startDensity();
  expect([shown(), density.value]).toEqual(["compact", "compact"]);
  localStorage.setItem("parley.density", "tiny"); // not of this version
  act(() => void window.dispatchEvent(new StorageEvent("storage", { key: "parley.density" })));
  expect([shown(), density.value]).toEqual([undefined, "comfortable"]);
});

test("compact takes less room than comfortable, and no control is lower than 24 px", () => {
  const css = readFileSync(join(import.meta.dirname, "..", "..", "ui", "tokens.css"), "utf8");
  const [comfortable, compact] = [":root {", ':root[data-density="compact"] {'].map((selector) => {
    const rule = css.slice(css.indexOf(selector), css.indexOf("}", css.indexOf(selector)));
    return new Map(Array.from(rule.matchAll(/--([\w-]+): (\d+)px/g), ([, name, px]) => [name!, Number(px)]));
  }) as [Map<string, number>, Map<string, number>];
  expect(compact.size).toBeGreaterThan(10);
  for (const [name, px] of compact) expect(px, name).toBeLessThan(comfortable.get(name)!);
  for (const name of ["button", "button-s", "field"]) expect(compact.get(name), name).toBeGreaterThanOrEqual(24);
});
