// spec 13.6: a person chooses the language of the apps.
import { signal } from "@preact/signals";
import { render, screen } from "@testing-library/preact";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";

import { DEFAULTS } from "../../wire/preferences.ts";
import { Menu } from "../menu/menu";
import { LiveRegions } from "../feedback/toast";
import { chooseInBrowser, choosePersonsLanguage, followLanguage, languageEntries } from "./choice";

const kept = () => localStorage.getItem("parley.language");

beforeEach(() => localStorage.clear());

test("each language is in the menu by its own name, and keys choose one", async () => {
  const choose = vi.fn();
  render(<Menu label="Language" entries={languageEntries(choose)}>L</Menu>);
  screen.getByRole("button", { name: "Language" }).focus();
  await userEvent.keyboard("{Enter}");
  expect(screen.getAllByRole("menuitemradio").map((item) => [item.textContent, item.getAttribute("aria-checked")])).toEqual([
    ["English", "true"],
    ["Deutsch", "false"],
  ]);
  await userEvent.keyboard("{ArrowDown}{Enter}");
  expect(choose.mock.calls).toEqual([["de"]]);
});

test("before the sign-in the browser keeps the choice, and the page is loaded again", () => {
  const reload = vi.fn();
  chooseInBrowser("en", reload);
  expect([kept(), reload.mock.calls.length]).toEqual([null, 0]);
  chooseInBrowser("de", reload);
  expect([kept(), reload.mock.calls.length]).toEqual(["de", 1]);
});

test("the language of the person is shown after a reload, whichever page or device chose it", () => {
  const [preferences, reload] = [signal(DEFAULTS), vi.fn()];
  const stop = followLanguage({ preferences }, reload);
  for (const language of ["", "en", "fr"]) preferences.value = { ...DEFAULTS, language };
  expect(reload).not.toHaveBeenCalled();
  preferences.value = { ...DEFAULTS, language: "de" };
  expect([kept(), reload.mock.calls.length]).toEqual(["de", 1]);
  stop();
});

test("a page whose browser keeps nothing is not loaded again and again", () => {
  const [preferences, reload] = [signal({ ...DEFAULTS, language: "de" }), vi.fn()];
  const full = vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new Error("full");
  });
  followLanguage({ preferences }, reload)();
  full.mockRestore();
  expect(reload).not.toHaveBeenCalled();
});

test("a language that could not be saved is not shown, and the person is told", async () => {
  render(<LiveRegions />);
  choosePersonsLanguage({ chooseLanguage: () => Promise.reject(new Error("no answer")) }, "de");
  expect((await screen.findByRole("alert")).textContent).toContain("The language could not be saved. Try again.");
  expect(kept()).toBeNull();
});
