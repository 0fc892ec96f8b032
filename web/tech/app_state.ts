import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";

import type { Person, Store } from "../wire/index.ts";
import { DeskDirectory } from "./boards_and_companies";
import { DEFAULT_TIMES, type AlertTimes } from "./alerts/urgency";
import { ChatWindows } from "./chats/windows";
import { RecentChats } from "./chats/recent";
import { keep, kept } from "./kept";
import { Replies } from "./replies/replies";
import { type TabKey, tabsOf, type TabbedCards } from "./sessions/tabs";

/** The dialog in front of the page. At most one is open. */
export type OpenDialog =
  | { kind: "end" | "close" | "noAnswer" | "note" | "invite" | "transfer" | "why"; sessionId: string }
  /** Without a session, the customer is not filled in. */
  | { kind: "ticket"; sessionId?: string }
  | { kind: "palette" }
  | { kind: "help" };

/** The state that the parts of the app share: the store, and what this page shows of it. */
export interface AppState {
  store: Store;
  me: ReadonlySignal<Person>;
  windows: ChatWindows;
  recent: RecentChats;
  replies: Replies;
  directory: DeskDirectory;
  tabs: ReadonlySignal<TabbedCards>;
  /** The open tab of the session manager; null while it is collapsed. */
  panel: Signal<TabKey | null>;
  dialog: Signal<OpenDialog | null>;
  alertTimes: Signal<AlertTimes>;
  /** The longest wait in seconds that the desk promises (spec 13.7); 0 = none, or not loaded. */
  promise: Signal<number>;
  /** Whether only invited engineers may join handled chats (spec 3.5); false until it is loaded. */
  invitedOnly: Signal<boolean>;
  /** Abandoned and call-back sessions that came while their tab was closed. */
  arrived: Signal<ReadonlySet<string>>;
}

export function createAppState(store: Store): AppState {
  const me = computed((): Person => {
    const person = store.me.value?.person;
    return { id: person?.id ?? "", name: person?.name ?? "", side: "SIDE_ENGINEER" };
  });
  const panel = signal<TabKey | null>(kept("panel", null));
  panel.subscribe((key) => keep("panel", key));
  return {
    store,
    me,
    windows: new ChatWindows(store),
    recent: new RecentChats(),
    replies: new Replies(store),
    directory: new DeskDirectory(store),
    tabs: computed(() => tabsOf(store.cards.value.values(), me.value.id ?? "", (id) => store.sessions.value.get(id)?.unread.count ?? 0)),
    panel,
    dialog: signal(null),
    alertTimes: signal(DEFAULT_TIMES),
    promise: signal(0),
    invitedOnly: signal(false),
    arrived: signal(new Set()),
  };
}

export const AppContext = createContext<AppState | null>(null);

export function useApp(): AppState {
  const app = useContext(AppContext);
  if (!app) throw new Error("AppContext is missing above this component");
  return app;
}
