// What leaves the page as JSON. A text may hold half a character (one code unit of an emoji, cut off by a paste): services take no such
// text, and a gateway may take a frame with one for no frame at all, so it is made well-formed before it leaves.
const SURROGATES = /\p{Surrogate}/gu;

export function wellFormed(text: string): string {
  return text.replace(SURROGATES, "\uFFFD");
}

export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "string" ? wellFormed(part) : part));
}
