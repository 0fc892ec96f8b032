import { useEffect } from "preact/hooks";

import type { PresenceState } from "../ui";
import type { Presence, Store } from "../wire";
import { useStore } from "./store_context";

/** The presence source of every avatar (see PresenceContext). */
export function usePresence(id: string): PresenceState | undefined {
  const store = useStore();
  useEffect(() => (id ? store.watchPeople([id]) : undefined), [id]);
  return presenceShown(store, id);
}

/** Undefined while the page is offline: it does not know what has changed. */
export function presenceShown(store: Store, id: string | undefined): PresenceState | undefined {
  return store.connection.value.state === "offline" ? undefined : presenceState(store.presenceOf(id ?? "").value);
}

// A customer sees an engineer in Do Not Disturb as online (spec 1.8).
export function presenceState(presence: Presence): PresenceState | undefined {
  switch (presence) {
    case "PRESENCE_ONLINE":
    case "PRESENCE_BUSY":
      return "online";
    case "PRESENCE_AWAY":
      return "away";
    case "PRESENCE_OFFLINE":
      return "offline";
    default:
      return undefined;
  }
}
