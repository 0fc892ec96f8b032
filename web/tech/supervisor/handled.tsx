import { MessagesSquare } from "lucide-preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import { Button, Card, Chip, EmptyState, WaitCounter, toMs } from "../../ui";
import { type SessionCard, isolated } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { sideOf } from "../people";
import { busy, join } from "../sessions/acts";
import { useJoinPolicy, whyNotJoin } from "../sessions/join_policy";
import { isIn, sorted } from "../sessions/tabs";
import { supervisorTexts as t } from "./supervisor_texts";
import { Who } from "./waiting";

/** Rows that are shown at first, and that each "Show more" adds. A desk may handle thousands of chats. */
export const PAGE = 50;

interface Props {
  /** Whether the filter of the page shows the session. */
  shows: (card: SessionCard) => boolean;
}

/** The chats that are handled now, of those that the supervisor may see (spec 13.4). */
export function Handled({ shows }: Props) {
  const { store } = useApp();
  useJoinPolicy();
  const [most, setMost] = useState(PAGE);
  const list = useRef<HTMLUListElement>(null);
  const cards = handledOf(store.cards.value.values()).filter(shows);
  useLayoutEffect(() => {
    // With the last rows the button goes, which had the focus.
    if (most > PAGE) list.current?.children[most - PAGE]?.querySelector("button")?.focus();
  }, [most]);
  return (
    <Card>
      <section class="supervisor__part" aria-label={t.handled.title}>
        <div class="supervisor__part-head">
          <h3>{t.handled.title}</h3>
          {cards.length > 0 && <span class="supervisor__note">{t.engineers.chats(cards.length)}</span>}
        </div>
        {cards.length === 0 && <EmptyState icon={MessagesSquare} title={t.handled.none} compact />}
        {cards.length > 0 && (
          <ul ref={list} class="supervisor__list">
            {cards.slice(0, most).map((card) => (
              <HandledRow key={card.sessionId} card={card} />
            ))}
          </ul>
        )}
        {cards.length > most && (
          <Button size="s" class="supervisor__more" onClick={() => setMost(most + PAGE)}>
            {t.handled.more(cards.length - most)}
          </Button>
        )}
      </section>
    </Card>
  );
}

function HandledRow({ card }: { card: SessionCard }) {
  const app = useApp();
  const { sessionId = "", title = "", participants = [] } = card;
  const engineers = participants.filter((person) => sideOf(person) === "engineer").map(({ name = "" }) => isolated(name));
  const by = t.handled.by(engineers.join(", "));
  const whyNot = whyNotJoin(app, card);
  return (
    <li class="supervisor__row">
      <Who
        card={card}
        below={
          <span class="supervisor__by" title={by}>
            {by}
          </span>
        }
      />
      <Chip>
        <span class="unseen">{t.handled.since} </span>
        <WaitCounter since={sinceOf(card)} />
      </Chip>
      <span class="supervisor__row-acts">
        <Button size="s" label={t.handled.openOf(title)} hint={t.handled.openHint} onClick={() => app.windows.open(sessionId)}>
          {t.handled.open}
        </Button>
        {!isIn(card, app.me.value.id ?? "") && (
          <Button
            size="s"
            label={t.waiting.joinOf(title)}
            disabled={Boolean(whyNot)}
            hint={whyNot}
            busy={busy.value.has(sessionId)}
            onClick={() => void join(app, sessionId, "also")}
          >
            {t.waiting.join}
          </Button>
        )}
      </span>
    </li>
  );
}

/** The longest first. Unattended ones wait for an engineer, and are among the waiting chats. */
export function handledOf(cards: Iterable<SessionCard>): SessionCard[] {
  const handled = [...cards].filter((card) => card.status === "CHAT_STATUS_HANDLED" && !card.unattended);
  return sorted(handled, (card) => [toMs(sinceOf(card)) || 0, 0]);
}

function sinceOf(card: SessionCard): string {
  return card.handledAt ?? card.openedAt ?? "";
}
