import { readFileSync } from "node:fs";
import { join } from "node:path";

import { render, screen } from "@testing-library/preact";
import { expect, test } from "vitest";

import { ChatLog } from "../chat/chat_log";
import { Avatar, PresenceContext, type PresenceState } from "./avatar";

const css = readFileSync(join(import.meta.dirname, "avatar.css"), "utf8");
const tokens = readFileSync(join(import.meta.dirname, "..", "tokens.css"), "utf8");

/** The hue of the token for a presence's dot: green, amber, red or grey. */
function hue(presence: PresenceState): string {
  const rule = css.slice(css.indexOf(`.dot--${presence} {`)).split("}", 1)[0]!;
  const token = /var\(--(ok|warn|danger|quiet)\)/.exec(rule)![1]!;
  const hex = new RegExp(`--${token}: light-dark\\(#(\\w{6})`).exec(tokens)![1]!;
  const [red, green, blue] = [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as [number, number, number];
  if (Math.max(red, green, blue) - Math.min(red, green, blue) < 40) return "grey";
  if (green > red) return "green";
  return green > blue * 1.5 ? "amber" : "red";
}

test.each([
  ["online", "green", "Online"],
  ["away", "amber", "Away"],
  ["busy", "red", "Do Not Disturb"],
  ["offline", "grey", "Offline"],
] as const)("the dot for %s is %s and has the text %s for screen readers", (presence, colour, text) => {  // spec 1.1, 1.13
  render(<Avatar id="mia" name="Mia Torres" presence={presence} named />);

  expect(screen.getByText(text).closest(`.dot--${presence}`)).not.toBeNull();
  expect(hue(presence)).toBe(colour);
});

test("an avatar beside a visible name still has the presence as text", () => {  // spec 1.13
  render(<Avatar id="mia" name="Mia Torres" presence="online" />);

  expect(screen.getByText("Online")).not.toBeNull();
  expect(screen.queryByText("Mia Torres")).toBeNull();
});

test("an avatar without a given presence shows the one from the context, also beside a message", () => {  // spec 1.13
  const by = { id: "mia", name: "Mia Torres", side: "customer" } as const;
  render(
    <PresenceContext.Provider value={(id) => (id === "mia" ? "away" : undefined)}>
      <Avatar id="mia" name="Mia Torres" />
      <ChatLog items={[{ kind: "message", key: "1", by, text: "Hello", at: 0 }]} me="ava" onRetry={() => undefined} />
    </PresenceContext.Provider>,
  );

  expect(screen.getAllByText("Away")).toHaveLength(2);
});
