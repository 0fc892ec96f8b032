import { NotificationLine } from "../../ui";
import { useApp } from "../app_state";
import { texts } from "../texts";

/** The line under the top bar, only while there is something to report. */
export function StateLine() {
  const { notify } = useApp().store;
  return (
    <div class="desk__state">
      <NotificationLine notify={notify} offer={texts.offerNotifications} />
    </div>
  );
}
