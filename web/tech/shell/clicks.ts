import { type ClickAction, takeClick } from "../../wire/index.ts";
import type { Desk } from "../desk";
import { join } from "../sessions/acts";

function follow(desk: Desk, sessionId: string, act: ClickAction): void {
  if (!sessionId || act === "dismiss") return; // the card is on screen
  if (act === "join") void join(desk, sessionId);
  else desk.windows.open(sessionId);
}

/** Opens the chat of a clicked notification, or joins it where the service worker could not. Returns a function that stops it. */
export function openClicked(desk: Desk): () => void {
  return desk.store.notify.onClick(({ sessionId, act }) => follow(desk, sessionId, act));
}

/** Opens the chat that the address names. */
export function openNamed(desk: Desk): void {
  const click = takeClick();
  if (click) follow(desk, click.sessionId, click.act);
}
