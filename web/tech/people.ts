import { useEffect } from "preact/hooks";

import type { ChatPerson, PresenceState } from "../ui";
import type { Person, Presence, SignIn, Store } from "../wire/index.ts";
import { useApp } from "./app_state";

const STATES: Record<Presence, PresenceState | undefined> = {
  PRESENCE_UNSPECIFIED: undefined,
  PRESENCE_ONLINE: "online",
  PRESENCE_AWAY: "away",
  PRESENCE_BUSY: "busy",
  PRESENCE_OFFLINE: "offline",
};

export function presenceState(presence: Presence | undefined): PresenceState | undefined {
  return presence && STATES[presence];
}

/** Whether the page offers admin actions. The services check again. */
export function isAdmin(me: SignIn | null): boolean {
  return me?.person?.role === "ROLE_ADMIN";
}

/** Whether the page offers what concerns the whole desk: for admins whose access is not limited. The services check again. */
export function isAdminOfDesk(me: SignIn | null): boolean {
  const access = me?.person?.access;
  return isAdmin(me) && !!access?.allCompanies && !!access.allBoards;
}

/** Whether the person may ask why an alert did or did not reach another engineer. notify checks again. */
export function seesOthers(me: SignIn | null): boolean {
  return isAdmin(me) || me?.person?.role === "ROLE_SUPERVISOR";
}

export function sideOf(person: Person | undefined): "engineer" | "customer" {
  return person?.side === "SIDE_CUSTOMER" ? "customer" : "engineer";
}

export function chatPerson(person: Person): ChatPerson {
  return { id: person.id ?? "", name: person.name ?? "", side: sideOf(person) };
}

/** Watches these people's presence while the component is mounted. */
export function useOnScreen(ids: (string | undefined)[]): void {
  const { store } = useApp();
  const key = ids.filter(Boolean).sort().join();
  useEffect(() => (key ? store.watchPeople(key.split(",")) : undefined), [key]);
}

/** The presence source of every avatar (see PresenceContext). */
export function usePresence(id: string): PresenceState | undefined {
  const { store } = useApp();
  useOnScreen([id]);
  return presenceShown(store, id);
}

/** Undefined while the page is offline: it does not know what has changed. */
export function presenceShown(store: Store, id: string | undefined): PresenceState | undefined {
  return store.connection.value.state === "offline" ? undefined : presenceState(store.presenceOf(id ?? "").value);
}
