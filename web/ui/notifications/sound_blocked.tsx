import { VolumeX } from "lucide-preact";

import { toast } from "../feedback/toast";
import { uiTexts } from "../texts";
import "./sound_blocked.css";

/** A line with a button, while the browser blocks sound. Any other click in the page enables sound as well. */
export function SoundBlocked({ onEnable }: { onEnable: () => Promise<boolean> }) {
  const enable = () => void onEnable().then((enabled) => enabled || toast(uiTexts.notify.stillBlocked, { tone: "danger" }));
  return (
    <div class="sound-blocked">
      <VolumeX size={15} aria-hidden="true" />
      <span role="status">{uiTexts.notify.soundBlocked}</span>
      <button type="button" class="sound-blocked__enable" onClick={enable}>
        {uiTexts.notify.enableSound}
      </button>
    </div>
  );
}
