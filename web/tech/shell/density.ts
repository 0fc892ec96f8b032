import type { MenuEntry } from "../../ui";
import { look } from "../../ui/theme/look";
import { texts } from "../texts";

export type Density = "comfortable" | "compact";

export const DENSITIES = ["comfortable", "compact"] as const;

/** How much room rows, cards, messages and controls take: tokens.css. Only TECH has the choice. */
export const { chosen: density, start: startDensity, choose: chooseDensity } = look<Density>("density", DENSITIES);

/** The menu entries for the choice. */
export function densityEntries(): MenuEntry[] {
  return [
    { kind: "heading", label: texts.density.heading },
    ...DENSITIES.map(
      (name): MenuEntry => ({
        kind: "radio",
        label: texts.density[name],
        checked: density.value === name,
        onSelect: () => chooseDensity(name),
      }),
    ),
  ];
}
