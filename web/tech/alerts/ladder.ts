import { effect } from "@preact/signals";

import type { AlertSettings } from "../../wire/index.ts";
import type { AppState } from "../app_state";

/** The desk's alert settings (spec 5.3), in seconds. */
export type Ladder = Required<AlertSettings>;

/** Used until the desk's settings are loaded, and when they cannot be. */
export const DEFAULT_LADDER: Ladder = { first: 20, every: 10, until: 90 };

/** How urgent a wait is: calm before the first repetition of the alert, warm while it repeats, hot after the last one. */
export type Urgency = "calm" | "warm" | "hot";

/** Without repetitions a wait is never hot. */
export function urgencyOf(seconds: number, { first, until }: Ladder): Urgency {
  if (seconds < first) return "calm";
  return until >= first && seconds > until ? "hot" : "warm";
}

export function ladderOf(settings: AlertSettings | undefined): Ladder {
  // JSON of a proto leaves zeros out.
  return settings ? { first: settings.first ?? 0, every: settings.every ?? 0, until: settings.until ?? 0 } : DEFAULT_LADDER;
}

/** Loads the settings at each start. Returns a function that stops it. */
export function followLadder({ store, ladder }: AppState): () => void {
  return effect(() => {
    if (!store.starts.value) return;
    store.alerting.settings().then(
      ({ settings }) => (ladder.value = ladderOf(settings)),
      () => undefined, // keeps the last ones
    );
  });
}
