import { render, screen, waitFor, within } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { useState } from "preact/hooks";
import { beforeEach, expect, onTestFinished, test } from "vitest";

import { PersonStorage } from "../../wire/person_storage.ts";
import { Composer } from "../chat/composer";
import { LiveRegions } from "../feedback/toast";
import { cannotLoad } from "../testing/lazy";
import { EMOJI_PANEL } from "./emoji_button";
import { RecentEmoji } from "./recent";

const OWNER = "test:ava";

beforeEach(() => localStorage.clear());

function Box({ text = "", ...props }: { text?: string; readOnly?: string; notes?: { internal: boolean } }) {
  const [draft, setDraft] = useState(text);
  return (
    <>
      <Composer owner={OWNER} draft={draft} onDraft={setDraft} onSend={() => undefined} maxChars={4000} {...props} />
      <LiveRegions />
    </>
  );
}

const button = () => screen.getByRole("button", { name: "Emoji" });
const box = () => screen.getByRole<HTMLTextAreaElement>("textbox");
const focused = () => document.activeElement?.getAttribute("aria-label");
const panel = () => screen.findByRole("dialog", { name: "Emoji", hidden: true });

/** Opens the panel with the pointer. It has the focus in its search box. */
async function open() {
  await userEvent.click(button());
  const opened = within(await panel());
  await waitFor(() => expect(document.activeElement).toBe(opened.getByRole("searchbox", { name: "Search emoji", hidden: true })));
  return opened;
}

test("the chosen emoji replaces the selected text, and the person writes on behind it", async () => {
  render(<Box text="Good bad day" />);
  box().setSelectionRange(5, 8);
  const opened = await open();
  await userEvent.click(opened.getByRole("gridcell", { name: "grinning face", hidden: true }));
  expect(document.activeElement).toBe(box());
  await userEvent.keyboard("!");
  expect(box().value).toBe("Good 😀! day");
  expect(screen.queryByRole("dialog", { hidden: true })).toBeNull();
});

test("a panel that loads late does not open when the focus has gone elsewhere", async () => {
  const loaded = EMOJI_PANEL.part;
  EMOJI_PANEL.part = null;
  onTestFinished(() => void (EMOJI_PANEL.part = loaded));
  let arrive = (): void => undefined;
  const late = new Promise<void>((resolve) => (arrive = resolve));
  const { load } = EMOJI_PANEL;
  EMOJI_PANEL.load = () => late.then(load);
  onTestFinished(() => void (EMOJI_PANEL.load = load));
  render(<Box />);
  await userEvent.click(button());
  await userEvent.click(box());
  arrive();
  await load();
  await userEvent.keyboard("Hello");
  expect([box().value, button().getAttribute("aria-expanded")]).toEqual(["Hello", "false"]);
  expect(screen.queryByRole("dialog", { hidden: true })).toBeNull();
});

test("Enter in the search box inserts the first emoji that is found, also into an internal note", async () => {
  render(<Box notes={{ internal: true }} text="Solved " />);
  await open();
  await userEvent.keyboard("party pop");
  await waitFor(() => expect(screen.getByText("1 emoji")).toBeTruthy());
  await userEvent.keyboard("{Enter}");
  expect(screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Internal note" }).value).toBe("Solved 🎉");
});

test("a search without a result reports it, and Enter then does nothing", async () => {
  render(<Box text="Hello" />);
  const opened = await open();
  await userEvent.keyboard("qqqq{Enter}");
  expect(opened.getByText("No emoji has this name")).toBeTruthy();
  expect(opened.queryByRole("grid", { hidden: true })).toBeNull();
  expect(box().value).toBe("Hello");
});

test("arrows move through the grid as one stop of the Tab key, and Enter inserts", async () => {
  render(<Box />);
  const opened = await open();
  await userEvent.keyboard("{ArrowDown}");
  expect(focused()).toBe("grinning face");
  await userEvent.keyboard("{ArrowRight}");
  expect(focused()).toBe("grinning face with big eyes");
  expect(opened.getAllByRole("gridcell", { hidden: true }).filter((one) => one.tabIndex === 0)).toEqual([document.activeElement]);
  await userEvent.keyboard("{ArrowUp}");
  expect(focused()).toBeNull(); // the search box has a label element
  await userEvent.keyboard("{ArrowDown}");
  expect(focused()).toBe("grinning face with big eyes");
  await userEvent.keyboard("{Enter}");
  expect(box().value).toBe("😃");
});

test("a letter in the grid goes into the search box", async () => {
  render(<Box />);
  const opened = await open();
  await userEvent.keyboard("{ArrowDown}fox");
  expect(opened.getByRole<HTMLInputElement>("searchbox", { hidden: true }).value).toBe("fox");
  await userEvent.keyboard("{ArrowDown}");
  expect(focused()).toBe("fox");
});

test("a kind of emoji shows its own grid", async () => {
  render(<Box />);
  const opened = await open();
  await userEvent.click(opened.getByRole("radio", { name: "Flags", hidden: true }));
  const grid = within(opened.getByRole("grid", { name: "Flags", hidden: true }));
  expect(grid.getByRole("gridcell", { name: "flag: Iceland", hidden: true }).textContent).toBe("🇮🇸");
});

test("Escape closes and returns the focus; a press or the focus elsewhere closes and leaves it there", async () => {
  const keys: string[] = [];
  render(
    <div onKeyDown={({ key }) => keys.push(key)}>
      <Box text="Hello" />
    </div>,
  );
  await open();
  await userEvent.keyboard("{Escape}");
  expect(screen.queryByRole("dialog", { hidden: true })).toBeNull();
  expect(document.activeElement).toBe(button());
  expect(keys).toEqual([]); // none is a shortcut of the page
  expect(box().value).toBe("Hello");

  for (const leave of [() => userEvent.click(document.body), () => box().focus()]) {
    await open();
    await leave();
    await waitFor(() => expect(screen.queryByRole("dialog", { hidden: true })).toBeNull());
  }
  expect(document.activeElement).toBe(box());
  await open();
  await userEvent.click(button());
  expect(screen.queryByRole("dialog", { hidden: true })).toBeNull();
});

test("the recently used emoji come first when the panel opens, the last one before the others", async () => {
  new RecentEmoji(OWNER).used("🦊");
  render(<Box />);
  let opened = await open();
  await userEvent.keyboard("party popper{Enter}");
  opened = await open();
  const recent = within(opened.getByRole("grid", { name: "Recently used", hidden: true }));
  expect(recent.getAllByRole("gridcell", { hidden: true }).map((one) => one.textContent)).toEqual(["🎉", "🦊"]);
});

test("the recently used emoji are bounded, each person's own, and gone at sign-out", () => {
  const recent = new RecentEmoji(OWNER);
  for (let number = 0; number < 50; number++) recent.used(`e${number % 40}`);
  expect(recent.all()).toHaveLength(21);
  expect(recent.all().slice(0, 2)).toEqual(["e9", "e8"]);
  expect(new Set(recent.all()).size).toBe(21);
  expect(new RecentEmoji("test:mia").all()).toEqual([]);
  new PersonStorage(localStorage, OWNER).clear();
  expect(recent.all()).toEqual([]);
});

test.each(['{"not": "a list"}', "[1, null, {}]", "["])("of a broken list %s nothing is shown", (stored) => {
  new PersonStorage(localStorage, OWNER).write("emoji", stored);
  expect(new RecentEmoji(OWNER).all()).toEqual([]);
});

test("a panel that does not load is reported, and the button tries again", async () => {
  cannotLoad(EMOJI_PANEL);
  render(<Box />);
  await userEvent.click(button());
  expect(await screen.findByText("This part could not be loaded")).toBeTruthy();
  expect(button().getAttribute("aria-expanded")).toBe("false");
});

test("a composer that is read-only has no emoji", () => {
  render(<Box readOnly="This chat has ended" />);
  expect(screen.queryByRole("button", { name: "Emoji" })).toBeNull();
});
