import { useState } from "preact/hooks";

import { Button, Chip, Dialog, EmptyState, Tabs } from "../../ui";
import { type SessionCard, isolated } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { optionsOf, useBoards } from "../boards_and_companies";
import { toastFailure } from "../refusal";
import { isIn } from "../sessions/tabs";
import { texts } from "../texts";
import { Colleagues } from "./colleagues";
import "./colleagues.css";

const t = texts.transfer;
const TABS = [
  { key: "engineers", name: t.engineers },
  { key: "boards", name: t.boards },
] as const;

interface DialogProps {
  sessionId: string;
  onClose: () => void;
}

/** Asks an engineer, or the engineers of a board, to take a chat over (spec 13.2). Closes when they are asked. */
export function TransferDialog({ sessionId, onClose }: DialogProps) {
  const { store } = useApp();
  const [to, setTo] = useState<(typeof TABS)[number]["key"]>("engineers");
  const card = store.cards.value.get(sessionId) ?? {};
  const ask = async (target: { engineerId: string } | { boardId: string }, name: string) => {
    try {
      await store.askTransfer(sessionId, target);
      onClose();
    } catch (error) {
      const stands = (now: SessionCard = {}): boolean => now.status === "CHAT_STATUS_HANDLED" && !now.transfer;
      toastFailure(error, t.refused(isolated(name)), { while: () => stands(store.cards.value.get(sessionId)) });
    }
  };
  return (
    <Dialog title={t.title} text={t.lead} onClose={onClose} size="s">
      <Tabs label={t.to} tabs={[...TABS]} selected={to} onSelect={setTo} class="transfer-to">
        {to === "boards" ? (
          <Boards own={card.boardId} ask={(id, name) => ask({ boardId: id }, name)} />
        ) : (
          <Colleagues>
            {({ id = "", name = "" }, reachable) =>
              isIn(card, id) ? (
                <Chip>{texts.invite.here}</Chip>
              ) : (
                <Ask name={t.askName(name)} why={reachable ? undefined : texts.sessions.notOnline(name)} ask={() => ask({ engineerId: id }, name)} />
              )
            }
          </Colleagues>
        )}
      </Tabs>
    </Dialog>
  );
}

/** `own`: the session's board, which may be archived. */
function Boards({ own = "", ask }: { own?: string; ask: (id: string, name: string) => Promise<void> }) {
  const boards = optionsOf(useBoards(), own);
  if (boards.length === 0) return <EmptyState title={t.noBoards} compact />;
  return (
    <ul class="colleagues">
      {boards.map(({ value: id, label: name }) => (
        <li key={id} class="colleagues__person">
          <span class="colleagues__board" dir="auto">
            {name}
          </span>
          <Ask name={t.askBoard(name)} ask={() => ask(id, name)} />
        </li>
      ))}
    </ul>
  );
}

/** `why`: the reason why it cannot be asked now. */
function Ask({ name, why, ask }: { name: string; why?: string; ask: () => Promise<void> }) {
  const [busy, setBusy] = useState(false);
  const click = async () => {
    setBusy(true);
    await ask();
    setBusy(false);
  };
  return (
    <Button size="s" label={name} busy={busy} disabled={why !== undefined} hint={why} onClick={() => void click()}>
      {t.ask}
    </Button>
  );
}
