import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

const css = readFileSync(join(import.meta.dirname, "tokens.css"), "utf8");
const tokens = new Map<string, [light: string, dark: string]>();
for (const [, name, light, dark] of css.matchAll(/--([\w-]+): light-dark\((#\w+), (#\w+)\);/g)) tokens.set(name!, [light!, dark!]);
for (const [, name, value] of css.matchAll(/--([\w-]+): (#\w{6});/g)) tokens.set(name!, [value!, value!]);

type Colour = [number, number, number];

function colour(hex: string): Colour {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as Colour;
}

function luminance(rgb: Colour): number {
  const [r, g, b] = rgb.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4)) as Colour;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(front: string, back: string, theme: 0 | 1): number {
  const [light, dark] = [front, back].map((name) => luminance(colour(tokens.get(name)![theme]))).sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const GROUNDS = ["canvas", "surface", "raised"];
const TEXT_COLOURS = ["text", "text-2", "text-3", "accent-text", "danger-text", "ok-text", "warn-text"];
const PAIRS: [string, string][] = [
  ...GROUNDS.flatMap((ground) => TEXT_COLOURS.map((name): [string, string] => [name, ground])),
  ["on-fill", "accent"],
  ["on-fill", "accent-hover"],
  ["on-fill", "danger"],
  ["text", "accent-soft"],
  ...["accent", "ok", "warn", "danger"].map((tone): [string, string] => [`${tone}-text`, `${tone}-soft`]),
  ...[0, 1, 2, 3, 4, 5].map((person): [string, string] => [`person-${person}-text`, `person-${person}`]),
];
// Non-text contrast: outlines of controls, the focus ring, the dots.
const SHAPES: [string, string][] = ["surface", "raised"].flatMap((ground) =>
  ["line-control", "focus", "ok", "warn", "danger", "quiet"].map((shape): [string, string] => [shape, ground]),
);

describe.each([
  ["light", 0],
  ["dark", 1],
] as const)("in the %s theme", (_, theme) => {
  test.each(PAIRS)("%s has enough contrast on %s as text", (front, back) => {
    expect(contrast(front, back, theme)).toBeGreaterThanOrEqual(4.5);
  });
  test.each(SHAPES)("%s has enough contrast with %s", (front, back) => {
    expect(contrast(front, back, theme)).toBeGreaterThanOrEqual(3);
  });
});
