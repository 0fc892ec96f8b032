import { type ToastOptions, settled, toast } from "../ui";
import { Refused, sentenceOf } from "../wire/index.ts";

/** The text for a failed action: the server's message if it is for people, else the app's. */
export function refusalText(error: unknown, fallback: string): string {
  return (error instanceof Refused && sentenceOf(error)) || fallback;
}

/**
 * Makes a change. A failure is shown until the same change succeeds or fails otherwise, or the page is left. `about` names what is
 * changed, such as "ticket:t7:status". Resolves to whether it succeeded.
 */
export async function tryChange(about: string, change: () => Promise<unknown>, fallback: string): Promise<boolean> {
  try {
    await change();
    settled(about);
    return true;
  } catch (error) {
    toast(refusalText(error, fallback), { tone: "danger", about });
    return false;
  }
}

/**
 * Shows that an action on a chat failed. What the chat does not allow any more is shown for some seconds, anything else `while` the action
 * may be tried again.
 */
export function toastFailure(error: unknown, fallback: string, options: Pick<ToastOptions, "while" | "action">): void {
  const kind = error instanceof Refused ? error.kind : "";
  const over = ["failed_precondition", "not_found", "permission_denied"].includes(kind);
  const action = kind === "permission_denied" ? undefined : options.action;
  toast(refusalText(error, fallback), { tone: "danger", ...(over ? { action, brief: true } : options) });
}
