import { render } from "preact";
import { expect, onTestFinished, test } from "vitest";

import { EmojiGrid } from "./emoji_grid";

/** Later than effects that wait for a frame. */
const afterEffects = () => new Promise((resolve) => setTimeout(resolve, 150));

test("a step right after the grid is shown stays", async () => {
  const root = document.body.appendChild(document.createElement("div"));
  onTestFinished(() => (render(null, root), root.remove()));
  const emoji = [["😀", "grinning face", ""], ["😃", "smiling face", ""]] as const;
  // Not by the testing library, whose render waits for all effects.
  render(<EmojiGrid label="Smileys" emoji={emoji} onChoose={() => undefined} onLeave={() => undefined} />, root);
  const second = root.querySelector<HTMLElement>("[aria-label='smiling face']")!;
  second.focus();
  await afterEffects();
  expect(second.tabIndex).toBe(0);
});
