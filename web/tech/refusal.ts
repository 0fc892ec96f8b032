import { type ToastOptions, toast } from "../ui";
import { Refused, sentenceOf } from "../wire/index.ts";

/** The text for a failed action: the server's message if it is for people, else the app's. */
export function refusalText(error: unknown, fallback: string): string {
  return (error instanceof Refused && sentenceOf(error)) || fallback;
}

/**
 * Shows that an action on a chat failed. What the chat does not allow any more is shown for some seconds, anything else `while` the action
 * may be tried again.
 */
export function toastFailure(error: unknown, fallback: string, options: Pick<ToastOptions, "while" | "action">): void {
  const over = error instanceof Refused && (error.kind === "failed_precondition" || error.kind === "not_found");
  toast(refusalText(error, fallback), { tone: "danger", ...(over ? { action: options.action, brief: true } : options) });
}
