// What ends a session must not overtake what its person typed before: it would be refused for good, and miss from the log.
import { effect, type ReadonlySignal } from "@preact/signals";

import type { Pending, SessionView } from "./model.ts";
import { Refused } from "./refused.ts";

/** Messages of one's own that still have a way to go. Those that were refused have come to the end of theirs. */
export function unsentOf(view: SessionView | undefined): readonly Pending[] {
  return view?.pending.filter((post) => post.state !== "failed") ?? [];
}

/** Answers when nothing of that session is on its way any more; rejects with code "stopped" when `stop` says so before. */
export function allSent(sessions: ReadonlySignal<ReadonlyMap<string, SessionView>>, id: string, stop?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = effect(() => {
      // Not before the effect is there to be ended.
      if (unsentOf(sessions.value.get(id)).length === 0) queueMicrotask(() => (end(), resolve()));
    });
    const stopped = (): void => (end(), reject(new Refused({ kind: "cancelled", code: "stopped" })));
    if (stop?.aborted) stopped();
    else stop?.addEventListener("abort", stopped, { once: true });
  });
}
