import { effect } from "@preact/signals";

import { announce } from "../../ui";
import { isolated, type SessionCard } from "../../wire/index.ts";
import type { AppState } from "../app_state";
import { texts } from "../texts";

type Followed = "abandoned" | "callbacks";
const TABS: Partial<Record<string, Followed>> = { CHAT_STATUS_ABANDONED: "abandoned", CHAT_STATUS_CALLBACK: "callbacks" };

export function arrivedTab(card: SessionCard): Followed | undefined {
  return TABS[card.status ?? ""];
}

/**
 * Announces sessions that become abandoned or call-backs, and call-backs whose next call is due (spec 4.14, 5.7), and marks them on their
 * tab until it is opened. Away and Do Not Disturb announce nothing (spec 1.10). The sender of a push chat gets a toast instead. Returns a
 * function that stops it.
 */
export function followArrivals({ store, panel, arrived, me }: AppState): () => void {
  const stops = [
    store.onLiveEvent((event) => {
      if (event.kind !== "card") return;
      const { card, before } = event;
      const tab = arrivedTab(card);
      const due = Boolean(card.callbackTried?.due && !before?.callbackTried?.due);
      if (!tab || (before?.status === card.status && !due) || (card.type === "CHAT_TYPE_PUSH" && card.creator?.id === me.value.id)) return;
      if (panel.value !== tab) arrived.value = new Set(arrived.value).add(card.sessionId ?? "");
      if (["PRESENCE_AWAY", "PRESENCE_BUSY"].includes(store.presence.value?.presence ?? "")) return;
      const who = [card.customer?.name, card.companyName].filter(Boolean).join(", ");
      announce(texts.sessions.arrived[due ? "callbackDue" : tab](isolated(who || texts.chat.someone), isolated(card.title ?? "")));
    }),
    // An opened tab, and a session that left its tab, are marked no longer.
    effect(() => {
      const left = [...arrived.value].filter((id) => {
        const tab = arrivedTab(store.cards.value.get(id) ?? {});
        return tab !== undefined && tab !== panel.value;
      });
      if (left.length < arrived.value.size) arrived.value = new Set(left);
    }),
  ];
  return () => stops.forEach((stop) => stop());
}
