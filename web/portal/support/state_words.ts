import { clockTime, serverNow, shortMoment } from "../../ui";
import type { SupportState } from "../../wire";
import { texts } from "../texts";

const SOON = 6 * 24 * 3_600_000;
const dayAndTime = new Intl.DateTimeFormat(undefined, { weekday: "long", hour: "2-digit", minute: "2-digit" });

/** "17:30" today, "Monday 08:00" within a week, the date beyond; in the reader's own zone (spec 4.6). */
export function whenOf(moment: string): string {
  const at = new Date(moment);
  if (at.toDateString() === new Date(serverNow()).toDateString()) return clockTime(moment);
  return at.getTime() - serverNow() < SOON ? dayAndTime.format(at) : shortMoment(moment, serverNow());
}

/** Whether the desk is open and the usual wait (spec 2.11). */
export function supportSummary(state: SupportState): string {
  const when = state.changesAt && whenOf(state.changesAt);
  const words = texts.request;
  if (!state.open) return when ? words.closedUntil(when) : words.closed;
  const open = when ? words.openUntil(when) : words.open;
  const wait = state.usualWaitSeconds ? words.wait(Math.ceil(state.usualWaitSeconds / 60)) : "";
  return wait ? `${wait} · ${open.charAt(0).toLowerCase()}${open.slice(1)}` : open;
}
