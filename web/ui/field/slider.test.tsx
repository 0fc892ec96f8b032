import { render } from "preact";
import { expect, onTestFinished, test } from "vitest";

import { Slider } from "./slider";

test("a move right after the slider is shown stays", async () => {
  const root = document.body.appendChild(document.createElement("div"));
  onTestFinished(() => (render(null, root), root.remove()));
  // Not by the testing library, whose render waits for all effects.
  render(<Slider label="Volume" value={50} onChange={() => undefined} />, root);
  const slider = root.querySelector("input")!;
  slider.value = "80";
  slider.dispatchEvent(new InputEvent("input", { bubbles: true }));
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect([slider.value, slider.getAttribute("aria-valuetext")]).toEqual(["80", "80 %"]);
});
