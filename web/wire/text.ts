// What text may hold, and how it is measured and cut (spec 3.6). servicekit/text.py has the same rules; tests/cases/text tests both.
// A page repairs text before it sends it; a service refuses invalid text.

// White space, Unicode's ignorable code points (zero-width, fillers, selectors), control codes, and the empty Braille pattern.
const VISIBLE = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\uFFF9-\uFFFB\u2800]/u;
const BLANKS = /\p{White_Space}+/gu;
const CONTROLS = /[\0-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]/gu; // all but tab, line feed, carriage return
const NOT_ON_A_LINE = /[\p{Cc}\u2028\u2029]/u;
const SURROGATES = /\p{Surrogate}/gu;
const DIRECTIONS = /[\u202A-\u202E\u2066-\u2069]/gu; // embeddings, overrides, isolates

/** Whether the text has no visible character. */
export function isBlank(text: string): boolean {
  return !VISIBLE.test(text);
}

/** Length in code points, as the services count. */
export function lengthOf(text: string): number {
  let pairs = 0;
  for (let index = 0; index < text.length - 1; index++) if (text.codePointAt(index)! > 0xffff) pairs++, index++;
  return text.length - pairs;
}

/** The number of code points above the limit; 0 for a text that fits. */
export function excess(text: string, most: number): number {
  return text.length <= most ? 0 : Math.max(0, lengthOf(text) - most);
}

/** Replaces half surrogate pairs with U+FFFD and removes control codes. A service refuses both. */
export function repaired(text: string): string {
  return text.replace(SURROGATES, "\uFFFD").replace(CONTROLS, "");
}

/** Serializes a value and repairs its strings. A gateway rejects a frame that contains half a surrogate pair. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "string" ? repaired(part) : part));
}

export function isRecord(found: unknown): found is Record<string, unknown> {
  return typeof found === "object" && found !== null && !Array.isArray(found);
}

/** Repaired, without leading blank lines and trailing white space. The first line keeps its indentation. */
export function tidied(text: string): string {
  return repaired(text)
    .replace(/^(?:[^\S\n]*\n)+/u, "")
    .trimEnd();
}

/** The text as one line: white space collapsed, control and direction codes removed; empty if nothing is visible. */
export function oneLine(text: string): string {
  const line = repaired(text.replace(BLANKS, " ")).replace(DIRECTIONS, "").replace(BLANKS, " ").replace(/^ | $/gu, "");
  return isBlank(line) ? "" : line;
}

// Hebrew to Arabic, their presentation forms, and the right-to-left scripts of the upper planes.
const RIGHT_TO_LEFT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

/** Isolates a right-to-left name, so that it does not reorder the sentence around it. In markup, use <bdi>. */
export function isolated(name: string): string {
  return RIGHT_TO_LEFT.test(name) || name.search(DIRECTIONS) >= 0 ? `\u2068${name.replace(DIRECTIONS, "")}\u2069` : name;
}

/** The text if it has at most `most` code points, else as many whole graphemes as fit, followed by `mark`. */
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
  // A single grapheme that is too long, such as a letter with hundreds of marks, is cut too.
  kept ||= [...text].slice(0, room).join("");
  return mark ? kept.trimEnd() + mark : kept;
}

/** Why a service refuses a text of many lines or of one (a name); "" for valid text. Not needed for repaired text. */
export function faultOf(text: string, most: number, lines: "one" | "many" = "many"): string {
  if (excess(text, most)) return "too_long";
  if (isBlank(text)) return "empty";
  if (repaired(text) !== text) return text.search(SURROGATES) >= 0 ? "half_character" : "control_code";
  if (lines === "many") return "";
  if (NOT_ON_A_LINE.test(text)) return "control_code";
  return text.search(DIRECTIONS) >= 0 ? "direction_code" : "";
}
