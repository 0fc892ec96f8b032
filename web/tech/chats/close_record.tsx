import { CircleCheck } from "lucide-preact";

import { Button, FormattedText, RelativeTime } from "../../ui";
import type { SessionCard } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { texts } from "../texts";
import "./close_record.css";

const t = texts.record;

/** Who closed a session, their note, and when it was last changed (spec 4.12). Only the closer can edit it. */
export function CloseRecord({ card }: { card: SessionCard }) {
  const { me, dialog } = useApp();
  const { by, note, modifiedAt } = card.closeRecord ?? {};
  if (card.status !== "CHAT_STATUS_COMPLETED" || !by) return null;
  return (
    <section class="close-record" aria-label={t.name}>
      <p class="close-record__by">
        <CircleCheck size={14} aria-hidden="true" />
        <span>
          {t.closedBy(by.name ?? texts.chat.someone)} · {t.changed} <RelativeTime at={modifiedAt ?? 0} />
        </span>
        {by.id === me.value.id && (
          <Button size="s" variant="ghost" onClick={() => (dialog.value = { kind: "note", sessionId: card.sessionId ?? "" })}>
            {note ? t.edit : t.add}
          </Button>
        )}
      </p>
      {note && (
        <div class="close-record__note" tabIndex={0} dir="auto">
          <FormattedText text={note} />
        </div>
      )}
    </section>
  );
}
