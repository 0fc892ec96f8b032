import { createRequire } from "node:module";

import type { Plugin } from "vite";

import type { EmojiGroup } from "./ui/emoji/groups.ts";

interface Emoji {
  emoji: string;
  label: string;
  tags?: string[];
  group?: number;
  order?: number;
  version: number;
}

const NAME = /^virtual:emoji\/(\w+)$/;
// In the order of the numbers in emojibase-data. The third are parts of other emoji, such as skin tones.
const GROUPS = ["smileys", "people", null, "animals", "food", "travel", "activities", "objects", "symbols", "flags"] as const;
// Systems that are some years old show a box for a newer emoji.
const NEWEST = 15;

/** Makes the modules virtual:emoji/LANGUAGE of emojibase-data, which holds ten times as much: other skin tones, codes, older names. */
export const emojiData: Plugin = {
  name: "emoji-data",
  resolveId: (id) => (NAME.test(id) ? `\0${id}` : undefined),
  load(id) {
    const language = id.startsWith("\0") && NAME.exec(id.slice(1))?.[1];
    if (!language) return undefined;
    const all = (createRequire(import.meta.url)(`emojibase-data/${language}/data.json`) as Emoji[])
      .filter(({ version, order }) => version <= NEWEST && order !== undefined)
      .sort((a, b) => a.order! - b.order!);
    const groups = GROUPS.flatMap((key, number): EmojiGroup[] => {
      const own = all.filter(({ group }) => group === number);
      return key ? [{ key, emoji: own.map(({ emoji, label, tags = [] }) => [emoji, label, tags.join(" ")]) }] : [];
    });
    return `export default ${JSON.stringify(groups)}`;
  },
};
