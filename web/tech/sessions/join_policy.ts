import { useEffect } from "preact/hooks";

import type { SessionCard } from "../../wire/index.ts";
import { type AppState, useApp } from "../app_state";
import { texts } from "../texts";
import { isInvited } from "./tabs";

/**
 * Loads whether the desk lets engineers join handled chats by invitation only (spec 3.5), when a component that offers to join appears, at
 * each start, and when the person comes back to the page. Until then the page offers it; the server checks again.
 */
export function useJoinPolicy(): void {
  const { store, invitedOnly } = useApp();
  useEffect(() => {
    const load = () =>
      void store.chatSettings().then(
        ({ settings }) => (invitedOnly.value = settings?.joinPolicy === "single_then_invite"),
        () => undefined, // keeps the last one
      );
    load();
    addEventListener("focus", load);
    return () => removeEventListener("focus", load);
  }, [store.starts.value]);
}

/** Why the person may not join this handled chat; undefined if they may. */
export function whyNotJoin({ invitedOnly, me }: AppState, card: SessionCard): string | undefined {
  return invitedOnly.value && !card.unattended && !isInvited(card, me.value.id ?? "") ? texts.chat.invitedOnly : undefined;
}
