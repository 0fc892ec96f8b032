// Finds links and code in what people write (spec 7.7). Each character is read a bounded number of times, whatever the text.
// Markdown and link libraries interpret more than the rule allows, and their patterns take quadratic time on some texts.

export type Piece = { kind: "text" | "code" | "block"; text: string } | { kind: "link"; text: string; href: string };

/** What a search found from a character on. Without a piece, the text up to `end` stays text. */
type Found = { piece?: Piece; start: number; end: number };

const [LINE_FEED, COLON, SLASH, BACKTICK] = [10, 58, 47, 96];
const FENCE = "```";
const LANGUAGE = /^[\w+#.-]{1,20}$/;
const SCHEMES = ["https", "http", "mailto", "tel"];
const LONGEST_SCHEME = 6;
/** A longer address stays text. */
const MAX_ADDRESS = 2000;
// What ends an address: white space, control and direction codes, quotes, and the punctuation of scripts that do not put a blank behind it.
const ENDS_ADDRESS = /[\s\p{Cc}"<>`“”„‟«»\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\u3000-\u303F\uFF01-\uFF0F\uFF1A-\uFF20\uFF3B-\uFF40\uFF5B-\uFF65]/u;
const IN_NUMBER = /[\d+\-.()*#;=a-z]/i;
// Before a scheme they make it part of a word. Chinese and Japanese put no blank before an address.
const LETTER_OR_DIGIT = /[a-z\d]/i;
const PUNCTUATION = new Set(".,;:!?'’‘*_~|…([{\\^");
const OPENING: Record<string, string> = { ")": "(", "]": "[", "}": "{" };

/** The links, inline code and code blocks of a text, and the text between them, in order. */
export function piecesOf(text: string): Piece[] {
  return split(text, codeFinder(text));
}

/** Only the links, for a text whose backticks belong to different people. */
export function linksOf(text: string): Piece[] {
  return split(text, () => null);
}

function split(text: string, codeAt: (at: number) => Found | null): Piece[] {
  const pieces: Piece[] = [];
  const add = (from: number, to: number): void => {
    if (to > from) pieces.push({ kind: "text", text: text.slice(from, to) });
  };
  let [done, at] = [0, 0];
  while (at < text.length) {
    const code = text.charCodeAt(at);
    const found = code === COLON ? linkAt(text, at, done) : code === BACKTICK ? codeAt(at) : null;
    at = found?.end ?? at + 1;
    if (!found?.piece) continue;
    add(done, found.start);
    pieces.push(found.piece);
    done = found.end;
  }
  add(done, text.length);
  return pieces;
}

/** The address whose scheme ends at the colon and begins at `from` or later. */
function linkAt(text: string, colon: number, from: number): Found | null {
  const scheme = schemeBefore(text, colon, from);
  if (!scheme) return null;
  const start = colon - scheme.length;
  const number = scheme === "tel";
  const web = scheme.startsWith("http");
  if (web && (text.charCodeAt(colon + 1) !== SLASH || text.charCodeAt(colon + 2) !== SLASH)) return null;
  const first = colon + (web ? 3 : 1);
  let end = first;
  while (end < text.length && inAddress(text, end, number)) end++;
  const kept = withoutPunctuation(text, first, end);
  const shown = text.slice(start, kept);
  const href = end - start > MAX_ADDRESS ? null : addressOf(shown, scheme, text.slice(first, kept));
  return href === null ? { start, end } : { piece: { kind: "link", text: shown, href }, start, end: kept };
}

function schemeBefore(text: string, colon: number, from: number): string | undefined {
  const before = text.slice(Math.max(from, colon - LONGEST_SCHEME), colon).toLowerCase();
  const scheme = SCHEMES.find((name) => before.endsWith(name));
  const start = colon - (scheme?.length ?? 0);
  const glued = start > from && LETTER_OR_DIGIT.test(text.charAt(start - 1));
  return glued ? undefined : scheme;
}

function inAddress(text: string, at: number, number: boolean): boolean {
  const character = text.charAt(at);
  return number ? IN_NUMBER.test(character) : !ENDS_ADDRESS.test(character);
}

/** The end of the address without the punctuation behind it. A bracket stays if the address opens it. */
function withoutPunctuation(text: string, first: number, end: number): number {
  const unclosed: Record<string, number> = { "(": 0, "[": 0, "{": 0 };
  const count = (character: string, by: number): void => {
    const opening = OPENING[character];
    if (opening) unclosed[opening]! -= by;
    else if (character in unclosed) unclosed[character]! += by;
  };
  for (let at = first; at < end; at++) count(text.charAt(at), 1);
  for (let last = end; last > first; last--) {
    const character = text.charAt(last - 1);
    const opening = OPENING[character];
    if (opening ? unclosed[opening]! >= 0 : !PUNCTUATION.has(character)) return last;
    count(character, -1);
  }
  return first;
}

/** Null for what is no address, and for one with a name before the host, which hides where it leads. */
function addressOf(shown: string, scheme: string, rest: string): string | null {
  if (!URL.canParse(shown)) return null;
  const url = new URL(shown);
  switch (scheme) {
    case "mailto":
      return /^[^@?]+@[^@?]+(\?|$)/.test(rest) ? url.href : null;
    case "tel":
      return /\d.*\d/.test(rest) ? url.href : null;
    default:
      return url.username || url.password || rest.startsWith("/") ? null : url.href;
  }
}

/** Finds code from a backtick on: `inline` in one line, and blocks between fences of three or more. */
function codeFinder(text: string): (at: number) => Found | null {
  let fencesLeft = true;
  return (at) => {
    const length = runOf(text, at);
    const first = at + length;
    if (length === 1) return inlineAt(text, at);
    if (length === 2 || !fencesLeft) return { start: at, end: first };
    const close = text.indexOf(FENCE, first);
    fencesLeft = close >= 0;
    const content = fencesLeft ? contentOf(text.slice(first, close)) : "";
    if (!content.trim()) return { start: at, end: first };
    return { piece: { kind: "block", text: content }, ...aroundBlock(text, at, close + runOf(text, close)) };
  };
}

function runOf(text: string, at: number): number {
  let end = at;
  while (text.charCodeAt(end) === BACKTICK) end++;
  return end - at;
}

function inlineAt(text: string, at: number): Found {
  let end = at + 1;
  while (end < text.length && text.charCodeAt(end) !== BACKTICK && text.charCodeAt(end) !== LINE_FEED) end++;
  const content = text.slice(at + 1, end);
  const closed = runOf(text, end) === 1 && content.trim() !== "";
  return closed ? { piece: { kind: "code", text: content }, start: at, end: end + 1 } : { start: at, end };
}

/** The lines between the fences, without the name of a language behind the first one. */
function contentOf(inside: string): string {
  const firstEnd = inside.indexOf("\n");
  const first = inside.slice(0, Math.max(0, firstEnd)).trim();
  const lines = firstEnd >= 0 && (first === "" || LANGUAGE.test(first)) ? inside.slice(firstEnd + 1) : inside;
  return lines.endsWith("\n") ? lines.slice(0, -1) : lines;
}

/** A block stands on its own lines: the line feeds around it do not show. */
function aroundBlock(text: string, start: number, end: number): { start: number; end: number } {
  return {
    start: text.charCodeAt(start - 1) === LINE_FEED ? start - 1 : start,
    end: text.charCodeAt(end) === LINE_FEED ? end + 1 : end,
  };
}
