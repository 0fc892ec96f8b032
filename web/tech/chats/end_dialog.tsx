import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { Banner, Button, Dialog, Field, Later, Select, Skeleton, Switch } from "../../ui";
import { type BoardsAndCompanies, cut, type Ending, FormDraft, isBlank, oneLine, Refused, type SessionCard, unsentOf } from "../../wire/index.ts";
import { type AppState, useApp } from "../app_state";
import { optionsOf } from "../boards_and_companies";
import { isSubmit } from "../keys";
import { refusalText } from "../refusal";
import { keep, kept } from "../kept";
import { discardUnsent, leave } from "../sessions/acts";
import { texts } from "../texts";
import { MAX_SUMMARY } from "../tickets/limits";
import { TicketPick } from "./ticket_pick";
import "./end_dialog.css";

const t = texts.end;
// The request names priorities in lower case, the ticket by the enum.
const PRIORITIES = [
  { value: "low", label: texts.tickets.priorities.PRIORITY_LOW },
  { value: "normal", label: texts.tickets.priorities.PRIORITY_NORMAL },
  { value: "high", label: texts.tickets.priorities.PRIORITY_HIGH },
  { value: "urgent", label: texts.tickets.priorities.PRIORITY_URGENT },
];

interface EndProps {
  sessionId: string;
  onClose: () => void;
}

/** Ends a live chat (spec 4.1). A chat on a ticket has one way to end; any other has three, with the first filled in. */
export function EndDialog({ sessionId, onClose }: EndProps) {
  const app = useApp();
  const { store } = app;
  const card = store.cards.value.get(sessionId) ?? store.sessionOf(sessionId).value?.card ?? {};
  const [step, setStep] = useState<"ways" | "pick">("ways");
  const [busy, setBusy] = useState("");
  const [failure, setFailure] = useState("");
  const [leaveToo, setLeaveToo] = useState(() => kept(leaveKey(app), false));
  // Closing the dialog while it waits cancels the end.
  const closed = useRef(new AbortController());
  useEffect(() => () => closed.current.abort(), []);

  const end = async (name: string, ending: Ending) => {
    if (busy) return;
    setBusy(name);
    setFailure("");
    try {
      await store.complete(sessionId, ending, closed.current.signal);
      store.saveDraft(`end:${sessionId}`, "");
      if (leaveToo) void leave(app, store.cards.peek().get(sessionId) ?? card);
      onClose();
    } catch (error) {
      if (error instanceof Refused && error.code === "stopped") return;
      setFailure(refusalText(error, t.failed));
      setBusy("");
    }
  };
  const switchToo = <LeaveToo on={leaveToo} busy={Boolean(busy)} choose={setLeaveToo} />;
  const wrong = failure ? (
    <div role="alert">
      <Banner tone="danger">{failure}</Banner>
    </div>
  ) : (
    busy && <Unsent sessionId={sessionId} />
  );

  if (card.onTicket) {
    const attach = () => void end("own", { ownTicket: {} });
    return (
      <Dialog
        title={t.title}
        text={t.own(card.ticketNumber ?? 0)}
        onClose={onClose}
        onKeyDown={(event) => isSubmit(event) && attach()}
        footer={
          <>
            <Button onClick={onClose}>{texts.close.cancel}</Button>
            <Button variant="primary" busy={busy === "own"} onClick={attach} autofocus>
              {t.endAndAttach}
            </Button>
          </>
        }
      >
        {switchToo}
        {wrong}
      </Dialog>
    );
  }
  if (step === "pick") {
    const back = () => setStep("ways");
    return <TicketPick customer={card.customer ?? {}} wrong={wrong} busy={busy !== ""} onBack={back} onClose={onClose} onPick={(ticketId) => void end("attach", { attach: { ticketId } })} />;
  }
  return <Ways {...{ card, busy, wrong, switchToo, onClose }} onPick={() => setStep("pick")} end={end} />;
}

const SLOW_MS = 1_000;

/** Shows what the end waits for, after a moment. Without a connection the person may choose not to wait. */
function Unsent({ sessionId }: { sessionId: string }) {
  const { store } = useApp();
  const { length } = unsentOf(store.sessionOf(sessionId).value);
  const discard = (
    <Button size="s" onClick={() => discardUnsent(store, sessionId)}>
      {t.endAnyway}
    </Button>
  );
  return (
    <div role="status">
      <Later ms={SLOW_MS}>
        {length > 0 && (
          <Banner tone="warn" actions={discard}>
            {texts.chat.unsent(length)}
          </Banner>
        )}
      </Later>
    </div>
  );
}

interface WaysProps {
  card: SessionCard;
  busy: string;
  wrong: ComponentChildren;
  switchToo: ComponentChildren;
  onClose: () => void;
  onPick: () => void;
  end: (name: string, ending: Ending) => Promise<void>;
}

function Ways({ card, busy, wrong, switchToo, onClose, onPick, end }: WaysProps) {
  const { store } = useApp();
  const [desk, setDesk] = useState<BoardsAndCompanies | null>(null);
  const asOffered = { board: card.boardId ?? "", summary: cut(card.title ?? "", MAX_SUMMARY), priority: "normal" };
  const [draft] = useState(() => new FormDraft(store, `end:${card.sessionId}`, asOffered));
  const { board, summary, priority } = draft.values;
  const [tried, setTried] = useState(false);

  useEffect(() => {
    // Without the list of boards, the session's own one is offered.
    store.boardsAndCompanies().then(setDesk, () => setDesk({}));
  }, []);
  const boards = optionsOf(desk?.boards ?? [], card.boardId ?? "");

  const create = () => {
    setTried(true);
    if (!isBlank(summary)) void end("create", { create: { boardId: board, summary: oneLine(summary), priority } });
  };
  return (
    <Dialog
      title={t.title}
      text={t.lead}
      onClose={onClose}
      onKeyDown={(event) => isSubmit(event) && create()}
      footer={
        <div class="end-ways">
          <Button variant="primary" wide busy={busy === "create"} disabled={busy !== ""} onClick={create}>
            {t.create}
          </Button>
          <kbd aria-hidden="true">{t.keys}</kbd>
          <Button wide disabled={busy !== ""} onClick={onPick}>
            {t.attach}
          </Button>
          <div class="end-ways__none">
            <Button variant="ghost" size="s" busy={busy === "none"} disabled={busy !== ""} onClick={() => void end("none", { none: {} })}>
              {t.none}
            </Button>
            <span>{t.noneHint}</span>
          </div>
        </div>
      }
    >
      <Field
        label={t.summary}
        value={summary}
        onInput={(value) => draft.set({ summary: value })}
        maxLength={MAX_SUMMARY}
        error={tried && isBlank(summary) ? t.summaryMissing : undefined}
        autofocus
        required
      />
      <div class="end-row">
        {desk ? (
          <Select key="board" label={t.board} value={board} onInput={(value) => draft.set({ board: value })} options={boards.length ? boards : [{ value: board, label: board }]} />
        ) : (
          <Skeleton label={t.board} rows={1} />
        )}
        <Select key="priority" label={t.priority} value={priority} onInput={(value) => draft.set({ priority: value })} options={PRIORITIES} />
      </div>
      {switchToo}
      {wrong}
    </Dialog>
  );
}

function leaveKey({ me }: AppState): string {
  return `leaveWithEnd.${me.value.id}`;
}

/** The person's choice to leave with the end. This browser keeps it for their next end (spec 3.14). */
function LeaveToo({ on, busy, choose }: { on: boolean; busy: boolean; choose: (on: boolean) => void }) {
  const key = leaveKey(useApp());
  const change = (next: boolean) => {
    keep(key, next);
    choose(next);
  };
  return <Switch label={t.leaveToo} checked={on} disabled={busy} onChange={change} />;
}
