import { Search } from "lucide-preact";
import { useState } from "preact/hooks";

import { Button, Chip, Dialog, EmptyState, ErrorState, Field, PersonLine, Skeleton, toast } from "../../ui";
import { type DirectoryPerson, type Store, isolated } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { useFound } from "../found";
import { presenceState, useOnScreen } from "../people";
import { refusalText } from "../refusal";
import { isIn, isInvited } from "../sessions/tabs";
import { texts } from "../texts";
import "./invite_dialog.css";

const t = texts.invite;
const SHOWN = 50;
// The presence of this many engineers is watched; reachable ones come first. Others are found by their name.
const WATCHED = 200;

/** Invites an engineer who is online or away (spec 3.9). */
export function InviteDialog({ sessionId, onClose }: { sessionId: string; onClose: () => void }) {
  const { store, me } = useApp();
  const [text, setText] = useState("");
  const { found, failed, reload } = useFound(text, (search) => store.people({ kind: "engineer", search, limit: WATCHED }));
  const others = (found?.people ?? []).filter((person) => person.id !== me.value.id && !person.disabled);
  useOnScreen(others.map((person) => person.id));
  const inOrder = [...others].sort((a, b) => Number(isReachable(store, b)) - Number(isReachable(store, a)));
  return (
    <Dialog title={t.title} text={t.lead} onClose={onClose} size="s">
      <Field label={t.find} bare placeholder={t.find} type="search" value={text} onInput={setText} before={<Search size={15} aria-hidden="true" />} autofocus />
      {!found && !failed && <Skeleton label={t.loading} rows={3} shape="people" />}
      {failed && <ErrorState title={t.failed} onRetry={reload} compact />}
      {found && !failed && others.length === 0 && <EmptyState title={text.trim() ? t.none : t.empty} compact />}
      <ul class="invite">
        {inOrder.slice(0, SHOWN).map((person) => (
          <Colleague key={person.id} person={person} sessionId={sessionId} />
        ))}
      </ul>
      {(others.length > SHOWN || found?.more) && <p class="invite__more">{t.more}</p>}
    </Dialog>
  );
}

function isReachable(store: Store, person: DirectoryPerson): boolean {
  return ["PRESENCE_ONLINE", "PRESENCE_AWAY"].includes(store.presenceOf(person.id ?? "").value);
}

function Colleague({ person, sessionId }: { person: DirectoryPerson; sessionId: string }) {
  const { store } = useApp();
  const [busy, setBusy] = useState(false);
  const { id = "", name = "" } = person;
  const card = store.cards.value.get(sessionId) ?? {};
  const presence = presenceState(store.presenceOf(id).value);
  const reachable = isReachable(store, person);
  const invite = async () => {
    setBusy(true);
    try {
      await store.invite(sessionId, id);
    } catch (error) {
      toast(refusalText(error, t.refused(isolated(name))), { tone: "danger" });
    }
    setBusy(false);
  };
  return (
    <li class="invite__person">
      <PersonLine id={id} name={name} side="engineer" presence={presence} below={presence && texts.presence[presence]} />
      {isIn(card, id) && <Chip>{t.here}</Chip>}
      {isInvited(card, id) && <Chip tone="accent">{t.invited}</Chip>}
      {!isIn(card, id) && !isInvited(card, id) && (
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
      )}
    </li>
  );
}
