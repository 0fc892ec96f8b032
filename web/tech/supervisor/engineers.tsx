import { UserRoundX } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";

import { collator } from "../../languages/language.ts";
import { Card, Chip, EmptyState, ErrorState, PersonLine, type PresenceState, Skeleton, uiTexts } from "../../ui";
import type { DirectoryPerson, SessionCard } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { presenceState, useOnScreen } from "../people";
import { supervisorTexts as t } from "./supervisor_texts";

// As many people as a page may watch at once.
const MOST = 400;
const ORDER: Record<PresenceState, number> = { online: 0, away: 1, busy: 2, offline: 3 };

interface Row {
  person: DirectoryPerson;
  presence: PresenceState;
  chats: number;
}

/** The engineers who are online or in a chat, each with presence and the number of chats that they handle. */
export function Engineers({ shows }: { shows: (card: SessionCard) => boolean }) {
  const { store } = useApp();
  const [people, setPeople] = useState<readonly DirectoryPerson[] | null>(null);
  const [failed, setFailed] = useState(false);
  const load = (): void => {
    setFailed(false);
    store.people({ kind: "engineer", limit: MOST }).then(
      (found) => setPeople(found.people),
      () => setFailed(true),
    );
  };
  useEffect(load, [store.starts.value]);
  useOnScreen((people ?? []).map(({ id }) => id));
  const rows = rowsOf(people ?? [], [...store.cards.value.values()].filter(shows), (id) => presenceState(store.presenceOf(id).value) ?? "offline");
  const shown = rows.filter(({ presence, chats }) => presence !== "offline" || chats > 0);
  return (
    <Card>
      <section class="supervisor__part" aria-label={t.engineers.title}>
        <div class="supervisor__part-head">
          <h3>{t.engineers.title}</h3>
          {people && <span class="supervisor__note">{t.engineers.offline(rows.filter(({ presence }) => presence === "offline").length)}</span>}
        </div>
        {!people && !failed && <Skeleton label={t.engineers.loading} rows={3} shape="people" />}
        {!people && failed && <ErrorState compact title={t.engineers.failed} onRetry={load} />}
        {people && shown.length === 0 && (
          <EmptyState icon={UserRoundX} title={t.engineers.none} compact>
            {t.engineers.noneText}
          </EmptyState>
        )}
        {shown.length > 0 && (
          <ul class="supervisor__list">
            {shown.map(({ person: { id = "", name = "" }, presence, chats }) => (
              <li key={id} class="supervisor__row">
                <PersonLine id={id} name={name} size="s" side="engineer" presence={presence} below={uiTexts.presence[presence]} />
                <Chip tone={chats ? "accent" : "neutral"}>{t.engineers.chats(chats)}</Chip>
              </li>
            ))}
          </ul>
        )}
      </section>
    </Card>
  );
}

/** Most chats first, then the more present, then by name. */
export function rowsOf(people: readonly DirectoryPerson[], cards: readonly SessionCard[], presenceOf: (id: string) => PresenceState): Row[] {
  const counts = new Map<string, number>();
  for (const card of cards) {
    if (card.status !== "CHAT_STATUS_HANDLED") continue;
    for (const { id = "" } of card.participants ?? []) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  const rows = people.filter(({ disabled }) => !disabled).map((person) => ({ person, presence: presenceOf(person.id ?? ""), chats: counts.get(person.id ?? "") ?? 0 }));
  return rows.sort((a, b) => b.chats - a.chats || ORDER[a.presence] - ORDER[b.presence] || collator.compare(a.person.name ?? "", b.person.name ?? ""));
}
