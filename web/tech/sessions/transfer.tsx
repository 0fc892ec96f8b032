import { Button, TimeLeft } from "../../ui";
import { isolated } from "../../wire/index.ts";
import type { AppState } from "../app_state";
import { texts } from "../texts";
import { answerTransfer, busy } from "./acts";

const t = texts.transfer;

/** Who asks this engineer to take a chat over, and the time that is left to answer (spec 13.2). */
export function AskedToTakeOver({ by, until }: { by: string; until: string }) {
  return (
    <span>
      {t.asksYou(isolated(by || texts.chat.someone))}
      <TimeLeft until={until} />
    </span>
  );
}

/** The answers of an engineer who is asked to take a chat over. `wide`: they fill their row. */
export function TransferAnswers({ app, sessionId, wide }: { app: AppState; sessionId: string; wide?: boolean }) {
  const working = busy.value.has(sessionId);
  return (
    <>
      <Button variant="primary" size="s" wide={wide} busy={working} onClick={() => void answerTransfer(app, sessionId, "accept")}>
        {t.accept}
      </Button>
      <Button size="s" wide={wide} disabled={working} onClick={() => void answerTransfer(app, sessionId, "decline")}>
        {t.decline}
      </Button>
    </>
  );
}
