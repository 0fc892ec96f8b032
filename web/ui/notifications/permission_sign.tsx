import { Bell, BellOff } from "lucide-preact";

import type { ReportedPermission } from "../../wire/proto.ts";
import { uiTexts } from "../texts";

/** Whether the browser lets the app show notifications (spec 7.4): a bell, crossed out unless allowed. */
export function PermissionSign({ permission, class: look }: { permission: ReportedPermission; class?: string }) {
  const Sign = permission === "NOTIFICATION_PERMISSION_GRANTED" ? Bell : BellOff;
  const text = uiTexts.notify.permission[permission];
  return (
    <span class={look} title={text}>
      <Sign size={12} aria-hidden="true" />
      <span class="unseen">{text}</span>
    </span>
  );
}
