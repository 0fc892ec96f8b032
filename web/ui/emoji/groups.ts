import { alongText } from "../direction";

/** The character, its name, and words that also find it. */
export type Emoji = readonly [emoji: string, name: string, tags: string];

export type GroupKey = "smileys" | "people" | "animals" | "food" | "travel" | "activities" | "objects" | "symbols" | "flags";

export interface EmojiGroup {
  key: GroupKey;
  emoji: readonly Emoji[];
}

/** Emoji in a row of the grid. Seven have the width of a finger in a window of 320 px. */
export const COLUMNS = 7;
const MOST_FOUND = 10 * COLUMNS;

/** The emoji that have, for each word of the search, a word that begins with it. First those whose name begins with the search. */
export function search(groups: readonly EmojiGroup[], text: string): Emoji[] {
  const wanted = termsOf(text);
  const start = wanted.join(" ");
  const found = groups
    .flatMap(({ emoji }) => emoji)
    .flatMap((one) => {
      const name = termsOf(one[1]);
      const all = [...name, ...termsOf(one[2])];
      if (!wanted.every((word) => all.some((other) => other.startsWith(word)))) return [];
      const rank = name.join(" ").startsWith(start) ? 0 : wanted.every((word) => name.some((other) => other.startsWith(word))) ? 1 : 2;
      return [{ one, rank }];
    });
  return found.sort((a, b) => a.rank - b.rank).slice(0, MOST_FOUND).map(({ one }) => one);
}

/** The words in small letters without accents, so that "schon" finds "schön". */
function termsOf(text: string): string[] {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** The index in a grid that a key moves to; -1 above its first row; undefined for any other key. */
export function step({ key, ctrlKey }: Pick<KeyboardEvent, "key" | "ctrlKey">, here: number, count: number): number | undefined {
  const first = here - (here % COLUMNS);
  switch (alongText(key)) {
    case "ArrowRight":
      return Math.min(here + 1, count - 1);
    case "ArrowLeft":
      return Math.max(here - 1, 0);
    case "ArrowDown":
      return first + COLUMNS < count ? Math.min(here + COLUMNS, count - 1) : here;
    case "ArrowUp":
      return Math.max(here - COLUMNS, -1);
    case "Home":
      return ctrlKey ? 0 : first;
    case "End":
      return ctrlKey ? count - 1 : Math.min(first + COLUMNS, count) - 1;
    default:
      return undefined;
  }
}
