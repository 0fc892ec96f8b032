// What text may hold, and how it is measured and cut (spec 3.6). servicekit/text.py says the same; tests/cases/text holds the two
// together. A page repairs what a person typed or pasted before it sends it; a service refuses what is wrong.

// White space, what Unicode calls ignorable (zero-width, fillers, selectors), control codes, and the empty Braille pattern.
const VISIBLE = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\uFFF9-\uFFFB\u2800]/u;
const BLANKS = /\p{White_Space}+/gu;
const CONTROLS = /[\0-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]/gu; // all but tab, line feed, carriage return
const NOT_ON_A_LINE = /[\p{Cc}\u2028\u2029]/u;
const SURROGATES = /\p{Surrogate}/gu;
const DIRECTIONS = /[\u202A-\u202E\u2066-\u2069]/gu; // embeddings, overrides, isolates

/** Whether there is nothing in it that one can see. */
export function isBlank(text: string): boolean {
  return !VISIBLE.test(text);
}

/** In code points, as the services count. */
export function lengthOf(text: string): number {
  let pairs = 0;
  for (let index = 0; index < text.length - 1; index++) if (text.codePointAt(index)! > 0xffff) pairs++, index++;
  return text.length - pairs;
}

/** By how many code points it is too long; 0 for a text that fits. */
export function excess(text: string, most: number): number {
  return text.length <= most ? 0 : Math.max(0, lengthOf(text) - most);
}

/** Without what a service refuses: half characters become U+FFFD, control codes go. */
export function repaired(text: string): string {
  return text.replace(SURROGATES, "\uFFFD").replace(CONTROLS, "");
}

/** Repaired, without blank lines in front and white space behind: the first line stays as far in as it was. */
export function tidied(text: string): string {
  return repaired(text)
    .replace(/^(?:[^\S\n]*\n)+/u, "")
    .trimEnd();
}

/** The text as one line: white space collapsed, control and direction codes left out; empty when nothing can be seen. */
export function oneLine(text: string): string {
  const line = repaired(text.replace(BLANKS, " ")).replace(DIRECTIONS, "").replace(BLANKS, " ").replace(/^ | $/gu, "");
  return isBlank(line) ? "" : line;
}

// Hebrew to Arabic, their presentation forms, and the scripts of the upper planes that run that way.
const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

/** A name for the middle of a sentence: one that runs the other way turns nothing around it. Where there are elements, use <bdi>. */
export function isolated(name: string): string {
  return RIGHT_TO_LEFT.test(name) || name.search(DIRECTIONS) >= 0 ? `\u2068${name.replace(DIRECTIONS, "")}\u2069` : name;
}

/** The text when it has at most `most` code points, else as many whole characters as a person sees them as fit, with `mark` behind. */
export function cut(text: string, most: number, mark = "…"): string {
  if (!excess(text, most)) return text;
  const room = most - lengthOf(mark);
  let kept = "";
  let left = room;
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text)) {
    left -= lengthOf(segment);
    if (left < 0) break;
    kept += segment;
  }
  // One character that alone is too long, such as a letter under hundreds of marks, is cut all the same.
  kept ||= [...text].slice(0, room).join("");
  return mark ? kept.trimEnd() + mark : kept;
}

/** Why a service refuses a text of several lines, or of one (a name); "" for good text. Nobody needs it who repairs first. */
export function faultOf(text: string, most: number, lines: "one" | "many" = "many"): string {
  if (excess(text, most)) return "too_long";
  if (isBlank(text)) return "empty";
  if (repaired(text) !== text) return text.search(SURROGATES) >= 0 ? "half_character" : "control_code";
  if (lines === "many") return "";
  if (NOT_ON_A_LINE.test(text)) return "control_code";
  return text.search(DIRECTIONS) >= 0 ? "direction_code" : "";
}
