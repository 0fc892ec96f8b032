import { Avatar, Time } from "../../ui";
import type { SessionCard } from "../../wire/index.ts";
import { Link } from "../router";
import { historyTexts as t } from "./history_texts";
import { ChatStatusChip } from "./status_chip";

/** The chats as a table. A row is a link to its chat. */
export function HistoryRows({ cards }: { cards: readonly SessionCard[] }) {
  if (cards.length === 0) return null;
  const columns = t.columns;
  return (
    <div class="history__table">
      <table>
        <thead>
          <tr>
            <th scope="col">{columns.chat}</th>
            <th scope="col">{columns.ticket}</th>
            <th scope="col">{columns.status}</th>
            <th scope="col" class="history__wide">
              {columns.type}
            </th>
            <th scope="col" class="history__wide">
              {columns.engineer}
            </th>
            <th scope="col">{columns.opened}</th>
          </tr>
        </thead>
        <tbody>
          {cards.map((card) => (
            <Row key={card.sessionId} card={card} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ card }: { card: SessionCard }) {
  const { sessionId = "", title = "", takenBy } = card;
  return (
    <tr>
      <td class="history__chat">
        <div class="history__what">
          <Link to={{ page: "session", id: sessionId }} class="history__link" label={t.open(title)}>
            <bdi>{title}</bdi>
          </Link>
          <span class="history__who">{[card.customer?.name, card.companyName].filter(Boolean).join(" · ")}</span>
        </div>
      </td>
      <td class="history__quiet tabular">{card.ticketNumber ? `#${card.ticketNumber}` : ""}</td>
      <td>
        <ChatStatusChip status={card.status} />
      </td>
      <td class="history__wide history__quiet">{t.types[card.type ?? "CHAT_TYPE_UNSPECIFIED"]}</td>
      <td class="history__wide">
        {takenBy?.id ? (
          <span class="history__engineer">
            <Avatar id={takenBy.id} name={takenBy.name ?? ""} side="engineer" size="xs" /> {takenBy.name}
          </span>
        ) : (
          <span class="history__quiet">{t.nobody}</span>
        )}
      </td>
      <td class="history__quiet">
        <Time at={card.openedAt ?? ""} />
      </td>
    </tr>
  );
}
