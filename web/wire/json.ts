import { repaired } from "./text.ts";

/** What leaves the page as JSON, without what services refuse in a text: a gateway may take a frame with half a character for no frame. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "string" ? repaired(part) : part));
}
