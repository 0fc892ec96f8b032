import { useState } from "preact/hooks";

import { Button, Chip, Dialog } from "../../ui";
import { type DirectoryPerson, type SessionCard, isolated } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { toastFailure } from "../refusal";
import { isIn, isInvited } from "../sessions/tabs";
import { texts } from "../texts";
import { Colleagues } from "./colleagues";

const t = texts.invite;

/** Invites an engineer who is online or away (spec 3.9). */
export function InviteDialog({ sessionId, onClose }: { sessionId: string; onClose: () => void }) {
  return (
    <Dialog title={t.title} text={t.lead} onClose={onClose} size="s">
      <Colleagues>{(person, reachable) => <Invite person={person} reachable={reachable} sessionId={sessionId} />}</Colleagues>
    </Dialog>
  );
}

function Invite({ person: { id = "", name = "" }, reachable, sessionId }: { person: DirectoryPerson; reachable: boolean; sessionId: string }) {
  const { store } = useApp();
  const [busy, setBusy] = useState(false);
  const card = store.cards.value.get(sessionId) ?? {};
  if (isIn(card, id)) return <Chip>{t.here}</Chip>;
  if (isInvited(card, id)) return <Chip tone="accent">{t.invited}</Chip>;
  const invite = async () => {
    setBusy(true);
    try {
      await store.invite(sessionId, id);
    } catch (error) {
      const stands = (now: SessionCard = {}): boolean => now.status === "CHAT_STATUS_HANDLED" && !isIn(now, id) && !isInvited(now, id);
      toastFailure(error, t.refused(isolated(name)), { while: () => stands(store.cards.value.get(sessionId)) });
    }
    setBusy(false);
  };
  return (
    <Button
      size="s"
      label={t.inviteName(name)}
      busy={busy}
      disabled={!reachable}
      hint={reachable ? undefined : texts.sessions.notOnline(name)}
      onClick={() => void invite()}
    >
      {t.invite}
    </Button>
  );
}
