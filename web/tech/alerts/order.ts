import type { Alert } from "../../wire/index.ts";

/** At most this many alerts are shown. */
export const MAX_SHOWN = 4;

/** Whether a colleague asks, rather than a customer waits. */
function isAsked({ reason }: Alert): boolean {
  return reason === "ALERT_REASON_INVITED" || reason === "ALERT_REASON_TRANSFER";
}

/** The start of what the alert counts: the wait, or for an invitation the time since it was made. */
export function sinceOf(alert: Alert): string {
  if (isAsked(alert)) return alert.invitedAt ?? alert.raisedAt ?? "";
  return alert.waitingSince ?? alert.raisedAt ?? "";
}

/** The customer who waits longest. An invitation and a transfer are no wait of a customer. */
export function longestWait(alerts: readonly Alert[]): Alert | undefined {
  const waits = alerts.filter((alert) => !isAsked(alert));
  return waits.sort((a, b) => Date.parse(sinceOf(a)) - Date.parse(sinceOf(b)))[0];
}

/** The newest alerts that fit. If the longest wait is not among them, it replaces the last one. `alerts` are newest first. */
export function shownOf(alerts: readonly Alert[], fitting = MAX_SHOWN): Alert[] {
  const first = alerts.slice(0, fitting);
  const longest = longestWait(alerts);
  return !longest || first.includes(longest) ? first : [...first.slice(0, -1), longest];
}
