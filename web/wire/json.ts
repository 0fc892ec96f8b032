import { repaired } from "./text.ts";

/** Serializes a value and repairs its strings. A gateway rejects a frame that contains half a surrogate pair. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "string" ? repaired(part) : part));
}
