import { effect } from "@preact/signals";

import { toast } from "../../ui";
import { isolated, type SessionView } from "../../wire/index.ts";
import type { AppState } from "../app_state";
import { texts } from "../texts";
import { isUnanswered } from "./acts";

export type Outcome = "accepted" | "declined" | "expired";

/** The outcome of a push chat; undefined before the answer, and for a withdrawn one. */
export function outcomeOf({ card, lines }: Pick<SessionView, "card" | "lines">): Outcome | undefined {
  if (card.type !== "CHAT_TYPE_PUSH") return undefined;
  if (card.status === "CHAT_STATUS_HANDLED") return "accepted";
  for (const line of lines) if (line.kind === "system" && (line.what === "declined" || line.what === "expired")) return line.what;
  return undefined;
}

/** Shows the sender the outcome of a push chat (spec 2.9), unless its window is in view. Returns a function that stops it. */
export function showOutcomes({ store, windows, me }: AppState): () => void {
  const asked = new Set<string>();
  return effect(() => {
    for (const view of store.sessions.value.values()) {
      if (isUnanswered(view.card) && view.card.creator?.id === me.value.id) asked.add(view.id);
      else if (asked.delete(view.id) && !windows.isInView(view.id)) show(view);
    }
  });

  function show(view: SessionView): void {
    const outcome = outcomeOf(view);
    const name = view.card.customer?.name ?? texts.chat.someone;
    if (outcome) toast(texts.sessions.outcomes[outcome](isolated(name)), { action: { label: texts.sessions.show, onSelect: () => windows.open(view.id) } });
  }
}
