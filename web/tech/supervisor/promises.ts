import { computed, effect, untracked } from "@preact/signals";

import { announce, second, toMs, toast } from "../../ui";
import type { SessionCard } from "../../wire/index.ts";
import type { AppState } from "../app_state";
import { seesOthers } from "../people";
import { go, route } from "../router";
import { texts } from "../texts";

/** The waiting chats beyond the promise, and the call-backs whose preferred times are over (spec 13.7). */
export interface Late {
  waits: SessionCard[];
  callbacks: SessionCard[];
}

/** When the last of the customer's preferred times ends; null without any. */
export function lastEnd({ callback }: SessionCard): number | null {
  const ends = (callback?.windows ?? []).map(({ until }) => toMs(until ?? ""));
  return ends.length ? Math.max(...ends) : null;
}

/** `promise` in seconds, 0 = none; `now` in seconds since 1970. */
export function isOverPromise(card: SessionCard, promise: number, now: number): boolean {
  return promise > 0 && now - toMs(card.waitingSince ?? card.openedAt ?? "") / 1000 > promise;
}

export function isLateCallback(card: SessionCard, now: number): boolean {
  const end = lastEnd(card);
  return card.status === "CHAT_STATUS_CALLBACK" && end !== null && end / 1000 <= now;
}

/** Customers who wait: for their first engineer, or because all of theirs are offline. The longest wait first, as in the session manager. */
export function waitingOf({ tabs }: AppState): SessionCard[] {
  return tabs.value.waiting.filter((card) => card.status === "CHAT_STATUS_WAITING" || card.unattended);
}

export function lateOf(app: AppState): Late {
  const now = second.value;
  return {
    waits: waitingOf(app).filter((card) => isOverPromise(card, app.promise.value, now)),
    callbacks: app.tabs.value.callbacks.filter((card) => !card.older && isLateCallback(card, now)),
  };
}

/**
 * Loads the desk's promise at each start, and alerts supervisors and admins of each promise that is broken meanwhile. The promises that are
 * broken at the start are one alert. A new alert removes the one before it. Returns a function that stops it.
 */
export function watchPromises(app: AppState): () => void {
  const { store, promise } = app;
  let seen: ReadonlySet<string> = new Set();
  let remove = (): void => undefined;
  const late = computed(() => {
    const { waits, callbacks } = lateOf(app);
    const ids = (cards: SessionCard[]): string => cards.map(({ sessionId }) => sessionId).join();
    return `${ids(waits)};${ids(callbacks)}`;
  });
  const stops = [
    effect(() => {
      if (!store.starts.value || !seesOthers(store.me.value)) return;
      store.chatSettings().then(
        // JSON of a proto leaves zeros out, but not those of optional fields.
        ({ settings }) => (promise.value = settings?.promiseWait ?? 0),
        () => undefined, // keeps the last one
      );
    }),
    effect(() => {
      if (!seesOthers(store.me.value)) return;
      const [waits, callbacks] = late.value.split(";").map((ids) => ids.split(",").filter(Boolean)) as [string[], string[]];
      const all = [...waits, ...callbacks];
      const fresh = all.some((id) => !seen.has(id));
      const shown = route.value.page === "supervisor";
      seen = new Set(all);
      untracked(() => {
        if (fresh || shown || all.length === 0) remove();
        if (fresh) remove = alertOf(waits.length, callbacks.length, shown);
      });
    }),
  ];
  return () => stops.forEach((stop) => stop());
}

/** Returns a function that removes the alert. On the page that shows the broken promises it is for assistive technology only. */
function alertOf(waits: number, callbacks: number, shown: boolean): () => void {
  const text = [waits && texts.late.waits(waits), callbacks && texts.late.callbacks(callbacks)].filter(Boolean).join(". ");
  if (!shown) return toast(text, { tone: "danger", action: { label: texts.late.show, onSelect: () => go({ page: "supervisor" }) } });
  announce(text, true);
  return () => undefined;
}
