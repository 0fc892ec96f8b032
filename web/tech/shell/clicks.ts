import { type ClickAction, takeClick } from "../../wire/index.ts";
import type { AppState } from "../app_state";
import { join } from "../sessions/acts";

function follow(app: AppState, sessionId: string, act: ClickAction): void {
  if (!sessionId || act === "dismiss") return; // the card is on screen
  if (act === "join") void join(app, sessionId);
  else app.windows.open(sessionId);
}

/** Opens the chat of a clicked notification, or joins it where the service worker could not. Returns a function that stops it. */
export function openClicked(app: AppState): () => void {
  return app.store.notify.onClick(({ sessionId, act }) => follow(app, sessionId, act));
}

/** Opens the chat that the address names. */
export function openNamed(app: AppState): void {
  const click = takeClick();
  if (click) follow(app, click.sessionId, click.act);
}
