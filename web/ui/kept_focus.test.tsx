import { act, render, screen, waitFor } from "@testing-library/preact";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";

import { LiveRegions, clearToasts, toast } from "./feedback/toast";
import { useKeptFocus } from "./kept_focus";

afterEach(() => {
  vi.restoreAllMocks();
  act(clearToasts);
});

/** A page with two chats and two alerts, without those of `gone`. */
function Page({ gone = [] }: { gone?: string[] }) {
  useKeptFocus("page");
  const shown = (name: string) => !gone.includes(name);
  return (
    <>
      <main id="page" tabIndex={-1} />
      <section tabIndex={-1} aria-label="Alerts">
        {["A", "B"].filter(shown).map((name) => (
          <article key={name}>
            <button type="button">Join {name}</button>
          </article>
        ))}
      </section>
      <div>
        {["Second", "Third"].filter(shown).map((name) => (
          <div key={name} class="dock__slot">
            {shown(`Leave ${name}`) && <button type="button">Leave {name}</button>}
            <textarea aria-label={name} />
          </div>
        ))}
      </div>
      <LiveRegions />
    </>
  );
}

test.each([
  ["the text box of a chat that goes away", "textbox", "Second", "Second", "main", undefined],
  ["an alert that goes away", "button", "Join A", "A", "region", "Alerts"],
  ["a button of a chat that stays", "button", "Leave Third", "Leave Third", "textbox", "Third"],
] as const)("after %s the focus is on nothing that acts for somebody else", async (_, role, name, gone, then, called) => {
  const page = render(<Page />);
  screen.getByRole(role, { name }).focus();
  page.rerender(<Page gone={[gone]} />);
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole(then, { name: called })));
});

test("keys that were meant for a text box that has gone are no shortcuts, until the focus is elsewhere", async () => {
  const keys: string[] = [];
  const note = ({ key }: KeyboardEvent) => void keys.push(key);
  document.body.addEventListener("keydown", note);
  onTestFinished(() => document.body.removeEventListener("keydown", note));
  const press = (key: string) => document.activeElement!.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const page = render(<Page />);
  screen.getByRole("textbox", { name: "Second" }).focus();
  press("a");
  vi.spyOn(Date, "now").mockReturnValue(Date.now());
  page.rerender(<Page gone={["Second"]} />);
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("main")));
  press("j");
  expect(keys).toEqual(["a"]);
  screen.getByRole("textbox", { name: "Third" }).focus();
  press("b");
  expect(keys).toEqual(["a", "b"]);
});

test("keys that were meant for a text box that was disabled are no shortcuts", () => {
  // A browser takes the focus from a control that is disabled. jsdom does not.
  const keys: string[] = [];
  const note = ({ key }: KeyboardEvent) => void keys.push(key);
  document.body.addEventListener("keydown", note);
  onTestFinished(() => document.body.removeEventListener("keydown", note));
  const press = (key: string) => document.activeElement!.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  render(<Page />);
  const now = vi.spyOn(Date, "now").mockReturnValue(Date.now());
  const box = screen.getByRole("textbox", { name: "Second" });
  box.focus();
  press("a");
  box.blur();
  (box as HTMLTextAreaElement).disabled = true;
  expect(document.activeElement).toBe(document.body);
  press("j");
  expect(keys).toEqual(["a"]);
  now.mockReturnValue(Date.now() + 5_000);
  press("j");
  expect(keys).toEqual(["a", "j"]);
});

test("after a toast the focus is on the button that dismisses the next one, not on its action", async () => {
  render(<Page />);
  let gone = (): void => undefined;
  act(() => void (gone = toast("The first failed.", { tone: "danger" })));
  act(() => void toast("The chat waits.", { action: { label: "Leave anyway", onSelect: () => undefined } }));
  const [first, second] = screen.getAllByRole("button", { name: "Dismiss" });
  first!.focus();
  act(gone);
  await waitFor(() => expect(document.activeElement).toBe(second));
});
