import { ClockAlert, Hourglass } from "lucide-preact";
import type { ComponentChildren } from "preact";

import { Button, Card, Chip, EmptyState, PersonLine, Time, WaitCounter, duration, second } from "../../ui";
import type { SessionCard } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { busy, join } from "../sessions/acts";
import { sinceOf } from "../sessions/tabs";
import { isOverPromise, lastEnd, lateOf, waitingOf } from "./promises";
import { supervisorTexts as t } from "./supervisor_texts";

interface Props {
  /** Whether the filter of the page shows the session. */
  shows: (card: SessionCard) => boolean;
}

/** Each waiting chat with its wait; those beyond the desk's promise are marked (spec 13.7). */
export function Waiting({ shows }: Props) {
  const app = useApp();
  const cards = waitingOf(app).filter(shows);
  const promise = app.promise.value;
  return (
    <Card>
      <section class="supervisor__part" aria-label={t.waiting.title}>
        <div class="supervisor__part-head">
          <h3>{t.waiting.title}</h3>
          {promise > 0 && <span class="supervisor__note">{t.waiting.promise(duration(promise))}</span>}
        </div>
        {cards.length === 0 && (
          <EmptyState icon={Hourglass} title={t.waiting.none} compact>
            {t.waiting.noneText}
          </EmptyState>
        )}
        {cards.length > 0 && (
          <ul class="supervisor__list">
            {cards.map((card) => (
              <WaitingRow key={card.sessionId} card={card} />
            ))}
          </ul>
        )}
      </section>
    </Card>
  );
}

function WaitingRow({ card }: { card: SessionCard }) {
  const app = useApp();
  const { sessionId = "", title = "" } = card;
  const over = isOverPromise(card, app.promise.value, second.value);
  return (
    <li class="supervisor__row">
      <Who card={card} />
      <Chip tone={over ? "danger" : "neutral"} icon={over ? ClockAlert : undefined} title={over ? t.waiting.over : undefined}>
        <span class="unseen">{t.waiting.waits} </span>
        <WaitCounter since={sinceOf(card)} />
        {over && <span class="unseen">, {t.waiting.over}</span>}
      </Chip>
      <Button size="s" label={t.waiting.joinOf(title)} busy={busy.value.has(sessionId)} onClick={() => void join(app, sessionId)}>
        {t.waiting.join}
      </Button>
    </li>
  );
}

/** The call-backs whose preferred times are over (spec 13.7); nothing without any. */
export function LateCallbacks({ shows }: Props) {
  const app = useApp();
  const cards = lateOf(app).callbacks.filter(shows);
  if (cards.length === 0) return null;
  return (
    <Card>
      <section class="supervisor__part" aria-label={t.callbacks.title}>
        <h3>{t.callbacks.title}</h3>
        <ul class="supervisor__list">
          {cards.map((card) => (
            <li key={card.sessionId} class="supervisor__row">
              <Who card={card} />
              <Chip tone="danger" icon={ClockAlert}>
                {t.callbacks.until} <Time at={lastEnd(card) ?? 0} />
              </Chip>
              <Button size="s" label={t.callbacks.viewOf(card.title ?? "")} onClick={() => app.windows.open(card.sessionId ?? "")}>
                {t.callbacks.view}
              </Button>
            </li>
          ))}
        </ul>
      </section>
    </Card>
  );
}

/** The customer, the company and the subject of a session, and what is to be below them. */
export function Who({ card: { customer = {}, companyName, title = "" }, below: more }: { card: SessionCard; below?: ComponentChildren }) {
  const below = (
    <>
      <span title={title}>
        <bdi>{title}</bdi>
      </span>
      {more}
    </>
  );
  return (
    <PersonLine id={customer.id ?? ""} name={customer.name ?? ""} size="s" below={below}>
      <bdi>{customer.name}</bdi>
      {companyName && ` · ${companyName}`}
    </PersonLine>
  );
}
