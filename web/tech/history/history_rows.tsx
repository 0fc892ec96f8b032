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
    <div class="rows__table">
      <table>
        <thead>
          <tr>
            <th scope="col">{columns.chat}</th>
            <th scope="col">{columns.ticket}</th>
            <th scope="col">{columns.status}</th>
            <th scope="col" class="rows__wide">
              {columns.type}
            </th>
            <th scope="col" class="rows__wide">
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
          <Link to={{ page: "session", id: sessionId }} class="rows__link" label={t.open(title)}>
            <bdi>{title}</bdi>
          </Link>
          <span class="rows__below" dir="auto">{[card.customer?.name, card.companyName].filter(Boolean).join(" · ")}</span>
        </div>
      </td>
      <td class="rows__quiet tabular">{card.ticketNumber ? `#${card.ticketNumber}` : ""}</td>
      <td>
        <ChatStatusChip status={card.status} />
      </td>
      <td class="rows__wide rows__quiet">{t.types[card.type ?? "CHAT_TYPE_UNSPECIFIED"]}</td>
      <td class="rows__wide">
        {takenBy?.id ? (
          <span class="rows__person">
            <Avatar id={takenBy.id} name={takenBy.name ?? ""} side="engineer" size="xs" /> <bdi>{takenBy.name}</bdi>
          </span>
        ) : (
          <span class="rows__quiet">{t.nobody}</span>
        )}
      </td>
      <td class="rows__quiet">
        <Time at={card.openedAt ?? ""} />
      </td>
    </tr>
  );
}
