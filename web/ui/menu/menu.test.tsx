import { render, screen } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";

import { Menu } from "./menu";

function show(chosen: string[] = []) {
  render(
    <Menu
      label="Chat menu"
      entries={[
        { kind: "radio", label: "Online", checked: true, onSelect: () => chosen.push("Online") },
        { kind: "radio", label: "Away", checked: false, onSelect: () => chosen.push("Away") },
        { kind: "item", label: "Not now", disabled: true, onSelect: () => chosen.push("Not now") },
        { kind: "item", label: "Sign out", onSelect: () => chosen.push("Sign out") },
      ]}
    >
      ...
    </Menu>,
  );
  return { button: screen.getByRole("button", { name: "Chat menu" }), chosen };
}

test("arrow keys wrap around, Home and End move to the ends, a letter moves to its item", async () => {
  const { button } = show();
  button.focus();
  await userEvent.keyboard("{ArrowDown}");
  const focused = () => document.activeElement?.getAttribute("aria-label");
  expect(focused()).toBe("Online");
  await userEvent.keyboard("{ArrowUp}");
  expect(focused()).toBe("Sign out");
  await userEvent.keyboard("{ArrowDown}{ArrowDown}");
  expect(focused()).toBe("Away");
  await userEvent.keyboard("s");
  expect(focused()).toBe("Sign out");
  await userEvent.keyboard("{Home}");
  expect(focused()).toBe("Online");
});

test("Escape closes the menu and returns the focus", async () => {
  const { button } = show();
  await userEvent.click(button);
  await userEvent.keyboard("{Escape}");
  expect(screen.queryByRole("menu")).toBeNull();
  expect(document.activeElement).toBe(button);
});

test("choosing an item closes the menu and runs it; a disabled item does nothing", async () => {
  const { button, chosen } = show();
  await userEvent.click(button);
  await userEvent.click(screen.getByRole("menuitem", { name: "Not now" }));
  expect(screen.getByRole("menuitemradio", { name: "Online" }).getAttribute("aria-checked")).toBe("true");
  await userEvent.click(screen.getByRole("menuitemradio", { name: "Away" }));
  expect(chosen).toEqual(["Away"]);
  expect(screen.queryByRole("menu")).toBeNull();
});
