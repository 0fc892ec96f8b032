// What the server lets a customer do. Fetched again while the page is visible: time passes and settings change.
import { useEffect, useRef } from "preact/hooks";

import { locale } from "../../languages/language.ts";
import { clockTime, serverNow, shortMoment } from "../../ui";
import type { SessionCard, SupportState } from "../../wire";
import { useLoad, type Loaded } from "../load";
import { useStore } from "../store_context";
import { texts } from "../texts";
import { useActiveChat } from "./mine";

const EACH = 60_000;
// Focus and visibility change together.
const MIN_INTERVAL = 1_000;
// Spreads the pages of a desk, and waits until the server's clock has passed the time.
const AFTER_CHANGE = 300;
const JITTER = 1_500;
const MAX_TIMER = 2 ** 31 - 1;
const SOON = 6 * 24 * 3_600_000;
const dayAndTime = new Intl.DateTimeFormat(locale, { weekday: "long", hour: "2-digit", minute: "2-digit" });

/** The active chat; only its id where the page does not have the session. */
export type Active = { id: string; card?: SessionCard };

export type Support = Loaded<SupportState> & { active: Active | null };

/** Pre-ticket, or on an own ticket. Fetched again when `depends` or the active chat changes; the previous state stays until then. */
export function useSupport(ticketId = "", depends = ""): Support {
  const store = useStore();
  const support = useLoad(`support:${ticketId}`, () => store.support(ticketId || undefined));
  const { reload } = support;

  const card = useActiveChat(ticketId || undefined).value;
  const all = `${depends}:${card?.sessionId ?? ""}`;
  const before = useRef(all);
  useEffect(() => {
    if (before.current !== all) reload();
    before.current = all;
  }, [all]);

  useEffect(() => {
    let lookedAt = Date.now();
    const look = (): void => {
      if (document.visibilityState !== "visible" || Date.now() - lookedAt < MIN_INTERVAL) return;
      lookedAt = Date.now();
      reload();
    };
    const each = setInterval(look, EACH);
    addEventListener("focus", look);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(each);
      removeEventListener("focus", look);
      document.removeEventListener("visibilitychange", look);
    };
  }, [reload]);

  const changesAt = support.value?.changesAt;
  useEffect(() => {
    if (!changesAt) return;
    const wait = Math.max(0, Date.parse(changesAt) - store.serverNow()) + AFTER_CHANGE + Math.random() * JITTER;
    if (wait > MAX_TIMER) return;
    const timer = setTimeout(reload, wait);
    return () => clearTimeout(timer);
  }, [changesAt, reload]);

  // The page's own cards are live; the server's earlier answer may be out of date.
  const activeId = support.value?.activeSessionId;
  const active = card ? { id: card.sessionId ?? "", card } : activeId && !store.cards.value.has(activeId) ? { id: activeId } : null;
  return { ...support, active };
}

/** "17:30" today, "Monday 08:00" within a week, the date beyond; in the reader's own zone (spec 4.6). */
export function whenOf(moment: string): string {
  const at = new Date(moment);
  if (at.toDateString() === new Date(serverNow()).toDateString()) return clockTime(moment);
  return at.getTime() - serverNow() < SOON ? dayAndTime.format(at) : shortMoment(moment, serverNow());
}

/** Whether the desk is open and the usual wait (spec 2.11). */
export function supportSummary(state: SupportState): string {
  const when = state.changesAt && whenOf(state.changesAt);
  const t = texts.request;
  if (!state.open) return when ? t.closedUntil(when) : t.closed;
  const open = when ? t.openUntil(when) : t.open;
  const wait = state.usualWaitSeconds ? t.wait(Math.ceil(state.usualWaitSeconds / 60)) : "";
  return wait ? `${wait} · ${open.charAt(0).toLowerCase()}${open.slice(1)}` : open;
}
