import { inLanguage } from "../../languages/catalogue.ts";

export const emojiTexts = inLanguage("emoji", {
  panel: "Emoji",
  search: "Search emoji",
  found: (count: number) => (count === 1 ? "1 emoji" : `${count} emoji`),
  none: "No emoji has this name",
  results: "Emoji found",
  groups: "Kinds of emoji",
  group: {
    recent: "Recently used",
    smileys: "Smileys and emotions",
    people: "People and hands",
    animals: "Animals and nature",
    food: "Food and drink",
    travel: "Travel and buildings",
    activities: "Activities",
    objects: "Objects",
    symbols: "Symbols",
    flags: "Flags",
  },
});
