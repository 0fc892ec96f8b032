import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { fireEvent, render, screen } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { useState } from "preact/hooks";
import { expect, test, vi } from "vitest";

import { Button } from "../button/button";
import { TextArea } from "../field/field";
import { AlertDialog, Dialog } from "./dialog";

function Page() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>Open</Button>
      {open && (
        <Dialog title="Close session" text="Printer on fire" onClose={() => setOpen(false)} footer={<Button>Cancel</Button>}>
          <TextArea label="What was done?" value="" onInput={() => undefined} autofocus />
        </Dialog>
      )}
    </>
  );
}

test("a dialog has a name and a description, takes the focus, and returns it on Escape", async () => {
  render(<Page />);
  const opener = screen.getByRole("button", { name: "Open" });
  await userEvent.click(opener);
  const dialog = screen.getByRole("dialog", { name: "Close session", description: "Printer on fire" });
  expect(document.activeElement).toBe(screen.getByRole("textbox", { name: "What was done?" }));
  fireEvent.keyDown(dialog, { key: "Escape" });
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(document.activeElement).toBe(opener);
});

function Rows() {
  const [rows, setRows] = useState(["One", "Two"]);
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button>Menu</Button>
      <ul>
        {rows.map((row) => (
          <li key={row}>
            <Button onClick={() => setOpen(true)}>{row}</Button>
          </li>
        ))}
      </ul>
      {open && <Dialog title="Delete?" onClose={() => setOpen(false)} footer={<Button onClick={() => setRows(["Two"])}>Delete</Button>} />}
    </>
  );
}

test("the focus goes to the first control that is left around an opener that is gone", async () => {
  render(<Rows />);
  await userEvent.click(screen.getByRole("button", { name: "One" }));
  await userEvent.click(screen.getByRole("button", { name: "Delete" }));
  fireEvent.keyDown(screen.getByRole("dialog", { name: "Delete?" }), { key: "Escape" });
  expect(document.activeElement).toBe(screen.getByRole("button", { name: "Two" }));
});

function Filter() {
  const [used, setUsed] = useState(false);
  const [open, setOpen] = useState(false);
  return (
    <>
      <button disabled={used} onClick={() => setOpen(true)}>
        Clear
      </button>
      <input type="hidden" />
      <input aria-label="From" disabled={used} />
      <input aria-label="Customer" />
      {open && <Dialog title="Clear?" onClose={() => setOpen(false)} footer={<Button onClick={() => setUsed(true)}>Yes</Button>} />}
    </>
  );
}

test("an opener and controls that are disabled or hidden are left out when a dialog returns the focus", async () => {
  render(<Filter />);
  await userEvent.click(screen.getByRole("button", { name: "Clear" }));
  await userEvent.click(screen.getByRole("button", { name: "Yes" }));
  fireEvent.keyDown(screen.getByRole("dialog", { name: "Clear?" }), { key: "Escape" });
  expect(document.activeElement).toBe(screen.getByRole("textbox", { name: "Customer" }));
});

test("an alert dialog that needs an answer does not close on Escape", () => {
  render(<AlertDialog title="Chat request from Ava Chen" footer={<Button autofocus>Accept</Button>} />);
  const dialog = screen.getByRole("alertdialog", { name: "Chat request from Ava Chen" });
  fireEvent.keyDown(dialog, { key: "Escape" });
  expect(screen.getByRole("alertdialog")).toBe(dialog);
});

test("a disabled button stays in the tab order and shows the reason", async () => {
  let clicks = 0;
  render(
    <Button disabled hint="Another engineer must be here" onClick={() => clicks++}>
      Leave
    </Button>,
  );
  const button = screen.getByRole("button", { name: "Leave" });
  await userEvent.tab();
  expect(document.activeElement).toBe(button);
  await userEvent.keyboard("{Enter}");
  expect(clicks).toBe(0);
  expect(button.title).toBe("Another engineer must be here");
});

test("only a complete click outside closes a dialog, and only while nothing is typed", () => {  // spec 7.9
  let closes = 0;
  render(
    <Dialog title="Close session" onClose={() => closes++}>
      <TextArea label="What was done?" value="" onInput={() => undefined} />
    </Dialog>,
  );
  const dialog = screen.getByRole("dialog");
  const box = screen.getByRole("textbox");
  // jsdom gives a dialog no size, so every point is outside.
  const press = (down: Element) => {
    fireEvent.mouseDown(down, { clientX: 5, clientY: 5 });
    fireEvent.click(dialog, { clientX: 5, clientY: 5 });
  };
  press(box); // selects text with the mouse and releases outside
  expect(closes).toBe(0);
  press(dialog);
  expect(closes).toBe(1);
  fireEvent.input(box, { target: { value: "rebooted" } });
  press(dialog);
  expect(closes).toBe(1);
  fireEvent.keyDown(dialog, { key: "Escape", keyCode: 229 });
  expect(closes).toBe(1);
  fireEvent.keyDown(dialog, { key: "Escape" });
  expect(closes).toBe(2);
});

test("a dialog that opens by itself ignores keys that were meant for another element", () => {  // spec 5.6
  vi.useFakeTimers();
  render(<AlertDialog byItself title="Chat request from Ava Chen" footer={<Button autofocus>Accept</Button>} />);
  const heading = screen.getByRole("heading", { name: "Chat request from Ava Chen" });
  expect(document.activeElement).toBe(heading);
  const pressed = (init: KeyboardEventInit) => !fireEvent.keyDown(heading, init);
  expect(pressed({ key: " " })).toBe(true); // prevented
  expect(pressed({ key: "Tab" })).toBe(true);
  vi.advanceTimersByTime(800);
  expect(pressed({ key: " ", repeat: true })).toBe(true); // held down since before the dialog opened
  expect(pressed({ key: "Tab" })).toBe(false);
  vi.useRealTimers();
});

test("every dialog of the apps is one of these, so that each has their keys and gives back the focus; the panel of emoji is not modal", () => {
  const web = join(import.meta.dirname, "..", "..");
  const files = ["ui", "tech", "portal", "signin"].flatMap((folder) => readdirSync(join(web, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)));
  const own = files.filter((name) => /\.tsx?$/.test(name) && !/\.test\.|testing/.test(name) && /<dialog\b|role="(alert)?dialog"|showModal/.test(readFileSync(join(web, name), "utf8")));

  expect(own.sort()).toEqual([join("ui", "dialog", "dialog.tsx"), join("ui", "emoji", "emoji_panel.tsx")]);
});
