import { Refused, sentenceOf } from "../wire/index.ts";

/** What to say of a failed act: the server's own sentence where it is for people, else the app's. */
export function refusalText(error: unknown, fallback: string): string {
  return (error instanceof Refused && sentenceOf(error)) || fallback;
}
