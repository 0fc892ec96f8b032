import type { MenuEntry } from "../menu/menu";
import { uiTexts } from "../texts";
import { look } from "./look";

export type Theme = "system" | "light" | "dark";

const THEMES = ["system", "light", "dark"] as const;

export const { chosen: theme, start: startTheme, choose: chooseTheme } = look<Theme>("theme", THEMES);

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
