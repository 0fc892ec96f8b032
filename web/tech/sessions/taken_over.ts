import { effect, untracked } from "@preact/signals";

import { toast } from "../../ui";
import { type Person, type SessionCard, isolated } from "../../wire/index.ts";
import type { AppState } from "../app_state";
import { texts } from "../texts";
import { busy } from "./acts";
import { isAsked, isIn } from "./tabs";

/**
 * Shows to an engineer who was asked to take a chat over which colleague has accepted (spec 13.2). A window in view shows it in its log, an
 * answer on its way is refused with the name, and Away and Do Not Disturb had no alert (spec 1.10). Returns a function that stops it.
 */
export function showWhoTookOver({ store, windows, me }: AppState): () => void {
  let asked = new Map<string, SessionCard>();
  return effect(() => {
    const [cards, own, before] = [store.cards.value, me.value.id ?? "", asked];
    asked = new Map([...cards].filter(([, card]) => isAsked(card, own)));
    untracked(() => before.forEach((card, id) => show(card, cards.get(id) ?? {}, own)));
  });

  function show(before: SessionCard, card: SessionCard, own: string): void {
    const { sessionId = "", title = "" } = card;
    const winner = winnerOf(before, card, own);
    if (!winner || busy.value.has(sessionId) || windows.isInView(sessionId)) return;
    if (["PRESENCE_AWAY", "PRESENCE_BUSY"].includes(store.presence.value?.presence ?? "")) return;
    toast(texts.transfer.takenOver(isolated(winner.name ?? texts.chat.someone), isolated(title)));
  }
}

/** Who accepted the transfer for which `me` was asked too; undefined if nobody did. Two cards of one chat, the later one second. */
export function winnerOf(before: SessionCard, card: SessionCard, me: string): Person | undefined {
  if (!isAsked(before, me) || card.transfer || isIn(card, me)) return undefined;
  return card.participants?.find(({ id = "" }) => isAsked(before, id) && !isIn(before, id));
}
