// The letters and the colour that are shown for a person without a photo. Also part of the service worker, which has no document.
const COLOURS = 6;

/** Up to two initials, of the first and the last word. */
export function initials(name: string): string {
  const parts = name.trim().split(/\s+/u).filter(Boolean);
  const letters = parts.length > 1 ? [parts[0]!, parts.at(-1)!] : parts;
  return letters.map((part) => [...part][0]!.toUpperCase()).join("") || "?";
}

/** A person's colour index, 0 to 5, the same on every page. */
export function colourOf(id: string): number {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.codePointAt(0)!) >>> 0;
  return sum % COLOURS;
}
