import { repaired } from "./text.ts";

/** Serializes a value and repairs its strings. A gateway rejects a frame that contains half a surrogate pair. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "string" ? repaired(part) : part));
}

export function isRecord(found: unknown): found is Record<string, unknown> {
  return typeof found === "object" && found !== null && !Array.isArray(found);
}
