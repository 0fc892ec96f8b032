import { collator } from "../../languages/language.ts";

// Canned replies in a text that is being written: where their search is, which match, and the placeholders that are left (spec 13.1).

/** Its text is inserted as it is. `group` is a word for the list, such as whose it is. */
export interface Reply {
  id: string;
  title: string;
  text: string;
  group: string;
}

const SHOWN = 8;
const LONGEST_SEARCH = 40;
// Bounded, so that a text of opening braces takes linear time.
const PLACEHOLDER = /\{[\p{L}\p{N}][\p{L}\p{N} _-]{0,29}\}/gu;

/** A slash at the start of a word and what follows it up to the caret; null without one. */
export function slashBefore(text: string, caret: number): { from: number; search: string } | null {
  const line = text.slice(Math.max(0, caret - LONGEST_SEARCH - 1), caret);
  const at = line.lastIndexOf("/");
  const from = caret - line.length + at;
  const search = line.slice(at + 1);
  const startsHere = from === 0 || /\s/.test(text.charAt(from - 1));
  return at >= 0 && startsHere && !/\s/.test(search) ? { from, search } : null;
}

/** The first replies that match: those whose title has a word that begins so, then those whose title or text contains it. */
export function matching(replies: readonly Reply[], search: string): Reply[] {
  const wanted = search.toLowerCase();
  const rank = ({ title, text }: Reply): number => {
    if (title.toLowerCase().split(/\s+/).some((word) => word.startsWith(wanted))) return 0;
    return title.toLowerCase().includes(wanted) ? 1 : text.toLowerCase().includes(wanted) ? 2 : 3;
  };
  const ranked = replies.map((reply) => ({ reply, rank: rank(reply) })).filter((one) => one.rank < 3);
  ranked.sort((one, other) => one.rank - other.rank || collator.compare(one.reply.title, other.reply.title));
  return ranked.slice(0, SHOWN).map((one) => one.reply);
}

/** The placeholders of a text, each as [start, end]. */
export function placeholders(text: string): [number, number][] {
  return [...text.matchAll(PLACEHOLDER)].map((found) => [found.index, found.index + found[0].length]);
}

/** The text with the placeholders that have a value. Others stay for the writer. */
export function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(PLACEHOLDER, (whole) => values[whole.slice(1, -1).toLowerCase()] || whole);
}
