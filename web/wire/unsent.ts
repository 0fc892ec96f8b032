// Ending a session must not overtake messages typed before it: they would be refused and missing from the log.
import { effect, type ReadonlySignal } from "@preact/signals";

import type { Pending, SessionView } from "./model.ts";
import { Refused } from "./refused.ts";

/** Own messages that are still to be sent, without refused ones. */
export function unsentOf(view: SessionView | undefined): readonly Pending[] {
  return view?.pending.filter((post) => post.state !== "failed") ?? [];
}

/** Resolves when the session has no unsent messages; rejects with code "stopped" when `stop` aborts. */
export function allSent(sessions: ReadonlySignal<ReadonlyMap<string, SessionView>>, id: string, stop?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = effect(() => {
      // Deferred, because `end` does not exist before the effect has run.
      if (unsentOf(sessions.value.get(id)).length === 0) queueMicrotask(() => (end(), resolve()));
    });
    const stopped = (): void => (end(), reject(new Refused({ kind: "cancelled", code: "stopped" })));
    if (stop?.aborted) stopped();
    else stop?.addEventListener("abort", stopped, { once: true });
  });
}
