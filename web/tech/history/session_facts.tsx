import { CircleHelp, MessagesSquare, Ticket } from "lucide-preact";
import type { ComponentChildren } from "preact";

import { Button, PersonLine, Time, duration } from "../../ui";
import type { SessionCard } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { useBoards } from "../boards_and_companies";
import { CloseRecord } from "../chats/close_record";
import { sideOf } from "../people";
import { Link } from "../router";
import { Reach } from "../sessions/card";
import { texts } from "../texts";
import { historyTexts as t } from "./history_texts";
import { ChatStatusChip } from "./status_chip";

/** The side panel: people, times, ticket, call-back, closing note, the customer's answer, statuses and waits (spec 8.2, 4.12, 4.15). */
export function SessionFacts({ card }: { card: SessionCard }) {
  const { windows, dialog } = useApp();
  const boards = useBoards();
  const { customer = {}, creator = {}, report = {}, statuses = [], feedback, sessionId = "" } = card;
  // A request goes to the engineers of a board, a push chat to its customer.
  const target = card.type === "CHAT_TYPE_PUSH" ? customer.name : boards.find(({ id }) => id === card.boardId)?.name;
  return (
    <aside class="session__facts" aria-label={t.details}>
      <PersonLine id={customer.id ?? ""} name={customer.name ?? ""} below={card.companyName} />
      <Button icon={MessagesSquare} onClick={() => windows.open(sessionId)}>
        {t.window}
      </Button>
      <Button icon={CircleHelp} onClick={() => (dialog.value = { kind: "why", sessionId })}>
        {texts.why.ask}
      </Button>
      <dl class="record__facts">
        <Fact name={t.facts.type}>{t.types[card.type ?? "CHAT_TYPE_UNSPECIFIED"]}</Fact>
        <Fact name={t.facts.target}>{target && <bdi>{target}</bdi>}</Fact>
        <Fact name={t.facts.creator}>
          <bdi>{creator.name}</bdi> ({t.sides[sideOf(creator)]})
        </Fact>
        <Fact name={t.facts.company}><bdi>{card.companyName}</bdi></Fact>
        <Fact name={t.facts.ticket}>
          {card.ticketId && (
            <Link to={{ page: "ticket", id: card.ticketId }} class="session__ticket">
              <Ticket size={13} aria-hidden="true" /> #{card.ticketNumber}
            </Link>
          )}
        </Fact>
        <Fact name={t.facts.engineer}>{card.takenBy && <bdi>{card.takenBy.name}</bdi>}</Fact>
        <Fact name={t.facts.created}>{card.openedAt && <Time at={card.openedAt} />}</Fact>
        <Fact name={t.facts.handled}>{report.handledAt && <Time at={report.handledAt} />}</Fact>
        <Fact name={t.facts.closed}>{card.closedAt && <Time at={card.closedAt} />}</Fact>
        <Fact name={t.facts.wait}>{report.waitSeconds !== undefined && duration(report.waitSeconds)}</Fact>
        <Fact name={t.facts.duration}>{report.durationSeconds !== undefined && duration(report.durationSeconds)}</Fact>
      </dl>
      {card.callback && (
        <section aria-label={t.callback}>
          <h2>{t.callback}</h2>
          <Reach card={card} tab="callbacks" />
        </section>
      )}
      <CloseRecord card={card} />
      {feedback && (
        <section aria-label={t.feedback}>
          <h2>{t.feedback}</h2>
          <p class="session__solved">{t.solved[feedback.solved ?? "SOLVED_UNSPECIFIED"]}</p>
          {feedback.comment && (
            <p class="session__comment" dir="auto">
              {feedback.comment}
            </p>
          )}
        </section>
      )}
      <section aria-label={t.course}>
        <h2>{t.course}</h2>
        <ol class="session__statuses">
          {statuses.map(({ status, since }) => (
            <li key={`${status}${since}`}>
              <ChatStatusChip status={status} /> <Time at={since ?? ""} />
            </li>
          ))}
        </ol>
      </section>
    </aside>
  );
}

/** Nothing without a value. */
function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  if (!children) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
