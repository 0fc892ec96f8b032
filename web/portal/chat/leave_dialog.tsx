import { AlertDialog, Button } from "../../ui";
import type { SessionCard } from "../../wire";
import { texts } from "../texts";

const t = texts.leave;

/** Confirms that the customer leaves a live chat (spec 4.4). */
export function LeaveDialog({ card, onLeave, onClose }: { card: SessionCard; onLeave: () => void; onClose: () => void }) {
  const leave = (): void => {
    onClose();
    onLeave();
  };
  const footer = (
    <>
      <Button size="l" autofocus onClick={onClose}>
        {t.stay}
      </Button>
      <Button size="l" variant="danger" onClick={leave}>
        {t.leave}
      </Button>
    </>
  );
  return <AlertDialog title={t.title} text={card.status === "CHAT_STATUS_WAITING" ? t.waiting : t.handled} footer={footer} onClose={onClose} />;
}
