import { ErrorState, Skeleton, Time } from "../../ui";
import type { HistoryPage, HistoryQuery, SessionCard } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { BLANK, queryOf } from "../history/history_address";
import { historyTexts } from "../history/history_texts";
import { Link } from "../router";
import { useLive } from "../tickets/live";
import "./customer.css";
import { customerTexts as t } from "./customer_texts";

const SHOWN = 5;
// A page of the server may have fewer chats than asked for, or none, and be followed by another one.
const CALLS = 3;

interface LastChatsProps {
  id: string;
  /** For the filter of the history; empty while unknown. */
  companyId: string;
  /** The chat that the window shows. */
  except?: string;
}

/** The customer's last chats, newest first; without the one that the window shows. */
export function LastChats({ id, companyId, except = "" }: LastChatsProps) {
  const { store } = useApp();
  const { answer, error, reload } = useLive(`${id} ${except}`, () => lastOf(store.history, id, except), () => false);
  return (
    <div class="customer__part">
      <header class="customer__head">
        <h3>{t.chats}</h3>
        <Link to={{ page: "history", query: queryOf({ ...BLANK, company: companyId, customer: id }) }} label={t.allChats} class="customer__all">
          {t.seeAll}
        </Link>
      </header>
      {Boolean(error) && <ErrorState compact title={t.chatsFailed} onRetry={reload} />}
      {!answer && !error && <Skeleton label={t.chatsLoading} rows={2} />}
      {answer && !answer.cards.length && !error && <p class="customer__none">{answer.more ? t.noneOfLatest : t.noChats}</p>}
      {answer && answer.cards.length > 0 && (
        <ul class="customer__list">
          {answer.cards.map(({ sessionId = "", title = "", status = "CHAT_STATUS_UNSPECIFIED", openedAt = "" }) => (
            <li key={sessionId}>
              <Link to={{ page: "session", id: sessionId }} label={t.chat(title, historyTexts.statuses[status])} class="customer__link">
                <span class="customer__what">
                  <bdi>{title}</bdi>
                </span>
                <span class="customer__quiet">
                  {historyTexts.statuses[status]} · <Time at={openedAt} />
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

async function lastOf(read: (query: HistoryQuery) => Promise<HistoryPage>, customer: string, except: string): Promise<{ cards: SessionCard[]; more: boolean }> {
  const found: SessionCard[] = [];
  let page = "";
  for (let calls = 0; calls < CALLS && found.length < SHOWN; calls++) {
    const { cards = [], nextPageToken = "" } = await read({ customer, size: String(SHOWN + 1), page });
    found.push(...cards.filter((card) => card.sessionId !== except));
    page = nextPageToken;
    if (!page) break;
  }
  return { cards: found.slice(0, SHOWN), more: Boolean(page) };
}
