import { Refused, sentenceOf } from "../wire/index.ts";

/** The text for a failed action: the server's message if it is for people, else the app's. */
export function refusalText(error: unknown, fallback: string): string {
  return (error instanceof Refused && sentenceOf(error)) || fallback;
}
