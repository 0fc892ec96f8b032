import type { Alert } from "../../wire/index.ts";
import { texts } from "../texts";

/** What assistive technology announces for an alert. */
export function spokenOf({ reason, customerName, companyName, invitedByName = "", title = "" }: Alert): string {
  const who = [customerName, companyName].filter(Boolean).join(", ");
  if (reason === "ALERT_REASON_TRANSFER") return texts.alerts.spokenTransfer(invitedByName, who, title);
  if (reason === "ALERT_REASON_INVITED") return texts.alerts.spokenInvited(invitedByName, who, title);
  return reason === "ALERT_REASON_UNATTENDED" ? texts.alerts.spokenUnattended(who, title) : texts.alerts.spoken(who, title);
}
