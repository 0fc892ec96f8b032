import { Bell, VolumeX } from "lucide-preact";

import type { Notify } from "../../wire/notify.ts";
import { toast } from "../feedback/toast";
import { uiTexts } from "../texts";
import "./state_line.css";

const t = uiTexts.notify;

/** One line on what keeps notifications from the person, with a button that fixes it. Blocked sound comes first: any click in the page enables it. */
export function NotificationLine({ notify, offer }: { notify: Notify; offer: string }) {
  if (notify.soundBlocked.value) return <SoundBlocked onEnable={notify.enableSound} />;
  return notify.permissionOffered.value ? <PermissionOffer text={offer} onAllow={() => void notify.askPermission()} onLater={notify.askLater} /> : null;
}

function SoundBlocked({ onEnable }: { onEnable: () => Promise<boolean> }) {
  const enable = () => void onEnable().then((enabled) => enabled || toast(t.stillBlocked, { tone: "danger" }));
  return (
    <div class="state-line">
      <VolumeX size={15} aria-hidden="true" />
      <span role="status">{t.soundBlocked}</span>
      <button type="button" class="state-line__button" onClick={enable}>
        {t.enableSound}
      </button>
    </div>
  );
}

function PermissionOffer({ text, onAllow, onLater }: { text: string; onAllow: () => void; onLater: () => void }) {
  return (
    <div class="state-line state-line--offer">
      <Bell size={15} aria-hidden="true" />
      <span>{text}</span>
      <button type="button" class="state-line__button" onClick={onAllow}>
        {t.allow}
      </button>
      <button type="button" class="state-line__button state-line__button--quiet" onClick={onLater}>
        {t.later}
      </button>
    </div>
  );
}
