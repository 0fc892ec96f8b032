import type { AppState } from "../app_state";
import { isWide } from "../phone";
import { route } from "../router";
import type { OpenWindow } from "./windows";

/** The chat that is docked beside the ticket of this page. Without enough room it is a window, as on other pages. */
export function dockedHere({ windows }: AppState): OpenWindow | undefined {
  const at = route.value;
  return at.page === "ticket" && isWide() ? windows.dockedAt(at.id) : undefined;
}
