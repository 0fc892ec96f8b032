import { signal } from "@preact/signals";

import type { MenuEntry } from "../menu/menu";
import { uiTexts } from "../texts";

export type Theme = "system" | "light" | "dark";

const KEY = "parley.theme";
const THEMES: Theme[] = ["system", "light", "dark"];

export const theme = signal<Theme>("system");

/** Applies the stored choice. Each app calls it before it renders. */
export function startTheme(): void {
  show(kept());
  // Another tab changed it.
  window.addEventListener("storage", (event) => event.key === KEY && show(kept()));
}

export function chooseTheme(next: Theme): void {
  show(next);
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // Without storage, the choice lasts as long as the page.
  }
}

/** The menu entries for the choice. */
export function themeEntries(): MenuEntry[] {
  return [
    { kind: "heading", label: uiTexts.theme.heading },
    ...THEMES.map(
      (name): MenuEntry => ({
        kind: "radio",
        label: uiTexts.theme[name],
        checked: theme.value === name,
        onSelect: () => chooseTheme(name),
      }),
    ),
  ];
}

function kept(): Theme {
  try {
    return THEMES.find((name) => name === localStorage.getItem(KEY)) ?? "system";
  } catch {
    return "system";
  }
}

function show(next: Theme): void {
  theme.value = next;
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
}
