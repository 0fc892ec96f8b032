import { effect } from "@preact/signals";

import type { AlertSettings } from "../../wire/index.ts";
import type { AppState } from "../app_state";

/** The desk's alert settings (spec 5.3), in seconds. */
export type AlertTimes = Required<AlertSettings>;

/** Used until the desk's settings are loaded, and when they cannot be. */
export const DEFAULT_TIMES: AlertTimes = { first: 20, every: 10, until: 90 };

/** How urgent a wait is: early before the first repetition of the alert, repeating while it repeats, late after the last one. */
export type Urgency = "early" | "repeating" | "late";

/** Without repetitions a wait is never late. */
export function urgencyOf(seconds: number, { first, until }: AlertTimes): Urgency {
  if (seconds < first) return "early";
  return until >= first && seconds > until ? "late" : "repeating";
}

export function alertTimesOf(settings: AlertSettings | undefined): AlertTimes {
  // JSON of a proto leaves zeros out.
  return settings ? { first: settings.first ?? 0, every: settings.every ?? 0, until: settings.until ?? 0 } : DEFAULT_TIMES;
}

/** Loads the settings at each start. Returns a function that stops it. */
export function loadAlertTimes({ store, alertTimes }: AppState): () => void {
  return effect(() => {
    if (!store.starts.value) return;
    store.alerting.settings().then(
      ({ settings }) => (alertTimes.value = alertTimesOf(settings)),
      () => undefined, // keeps the last ones
    );
  });
}
