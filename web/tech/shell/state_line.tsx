import { SoundBlocked } from "../../ui";
import { useDesk } from "../desk";

/** The line under the top bar, only while there is something to report. */
export function StateLine() {
  const { notify } = useDesk().store;
  return <div class="desk__state">{notify.soundBlocked.value && <SoundBlocked onEnable={notify.enableSound} />}</div>;
}
