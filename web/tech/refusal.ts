import { Refused } from "../wire/index.ts";

/** What to say of a failed act: the server's own sentence where it gave one, else the app's. */
export function wordsOfRefusal(error: unknown, fallback: string): string {
  return error instanceof Refused && error.kind !== "unavailable" && error.kind !== "internal" ? error.message : fallback;
}
