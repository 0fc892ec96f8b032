import type { emojiTexts } from "../../ui/emoji/texts.ts";
import type { Translated } from "../catalogue.ts";

export const emoji: Translated<typeof emojiTexts> = {
  panel: "Emojis",
  search: "Emojis suchen",
  found: (count) => (count === 1 ? "1 Emoji" : `${count} Emojis`),
  none: "Kein Emoji hat diesen Namen",
  results: "Gefundene Emojis",
  groups: "Arten von Emojis",
  group: {
    recent: "Zuletzt verwendet",
    smileys: "Smileys und Gefühle",
    people: "Menschen und Hände",
    animals: "Tiere und Natur",
    food: "Essen und Trinken",
    travel: "Reisen und Gebäude",
    activities: "Aktivitäten",
    objects: "Gegenstände",
    symbols: "Symbole",
    flags: "Flaggen",
  },
};
