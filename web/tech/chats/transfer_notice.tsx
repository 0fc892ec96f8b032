import { Banner, Button, TimeLeft } from "../../ui";
import { type SessionCard, isolated } from "../../wire/index.ts";
import type { AppState } from "../app_state";
import { answerTransfer, busy } from "../sessions/acts";
import { isAsked } from "../sessions/tabs";
import { AskedToTakeOver, TransferAnswers } from "../sessions/transfer";
import { texts } from "../texts";

const t = texts.transfer;

/** The open transfer of a chat (spec 13.2), to those who are asked, to the one who asks, and to the others. */
export function TransferNotice({ app, card }: { app: AppState; card: SessionCard }) {
  const { by, asked = [], boardName, expiresAt = "" } = card.transfer ?? {};
  const id = card.sessionId ?? "";
  const me = app.me.value.id ?? "";
  const whom = isolated(boardName || asked[0]?.name || texts.chat.someone);
  if (isAsked(card, me)) {
    return (
      <Banner tone="accent" actions={<TransferAnswers app={app} sessionId={id} />}>
        <AskedToTakeOver by={by?.name ?? ""} until={expiresAt} />
      </Banner>
    );
  }
  const withdraw = (
    <Button size="s" busy={busy.value.has(id)} onClick={() => void answerTransfer(app, id, "withdraw")}>
      {t.withdraw}
    </Button>
  );
  return (
    <Banner tone="accent" actions={by?.id === me ? withdraw : undefined}>
      {by?.id === me ? t.asked(whom) : t.askedBy(isolated(by?.name || texts.chat.someone), whom)}
      <TimeLeft until={expiresAt} />
    </Banner>
  );
}
