// The chat that an address names, as the service worker writes it for a click on a notification: /tech/?chat=ID&act=join.
import type { ClickAction } from "./shown.ts";

const MAX_ID = 200;

/** Takes it out of the address, so that a reload does not repeat it. Null if the address names none. */
export function takeClick(): { sessionId: string; act: ClickAction } | null {
  const query = new URLSearchParams(location.search);
  const sessionId = query.get("chat") ?? "";
  const act = query.get("act") === "join" ? "join" : "open";
  if (!query.has("chat")) return null;
  query.delete("chat");
  query.delete("act");
  history.replaceState(history.state, "", location.pathname + (query.size ? `?${query}` : "") + location.hash);
  return sessionId && sessionId.length <= MAX_ID ? { sessionId, act } : null;
}
