import { Inbox, RotateCw, SearchX } from "lucide-preact";

import { Button, EmptyState, ErrorState, Skeleton } from "../../ui";
import type { HistoryPage as Page, HistoryQuery, SessionCard } from "../../wire/index.ts";
import { useApp } from "../app_state";
import { refusalText } from "../refusal";
import { go, replaceQuery } from "../router";
import { useScrollOfEntry } from "../tickets/list_address";
import { useLive } from "../tickets/live";
import { Filters } from "./filters";
import { type HistoryAddress, addressOf, askedOf, queryOf, useHistoryQuery } from "./history_address";
import "../rows.css";
import "./history_page.css";
import { HistoryRows } from "./history_rows";
import { historyTexts as t } from "./history_texts";

const PAGE = 50;
// A page of the server has fewer chats than asked for, or none, when it reads many that do not match.
const MORE_CALLS = 4;

/** The chats that this engineer may see, newest first (spec 8.1). */
export function HistoryPage() {
  const { store } = useApp();
  const query = useHistoryQuery();
  const address = addressOf(query);
  const { answer, error, reload } = useLive(query, () => listOf(store.history, askedOf(address), address.pages), () => false, "history");
  useScrollOfEntry(Boolean(answer));
  const filtered = queryOf({ ...address, pages: 1 }) !== "";
  const { cards = [], more = false } = answer ?? {};
  // Applied filters are a step of the browser's history; the same ones are only read anew.
  const apply = (next: HistoryAddress) => (queryOf(next) === query ? reload() : go({ page: "history", query: queryOf(next) }));
  const showMore = () => replaceQuery("history", queryOf({ ...address, pages: address.pages + 1 }));
  return (
    <div class="rows history">
      <header class="rows__head">
        <h1>{t.heading}</h1>
        {answer && (
          <span class="rows__total" role="status">
            {t.total(Math.max(answer.total, cards.length), answer.moreThanTotal)}
          </span>
        )}
        <Button icon={RotateCw} class="rows__act" onClick={reload}>
          {t.refresh}
        </Button>
      </header>
      <Filters address={address} onApply={apply} />
      {!answer && !error && <Skeleton label={t.loading} rows={6} />}
      {Boolean(error) && <ErrorState title={refusalText(error, t.failed)} onRetry={reload} compact={Boolean(answer)} />}
      <HistoryRows cards={cards} />
      {answer && !cards.length && <Nothing filtered={filtered} more={more} />}
      {more && (
        <div class="rows__more">
          <Button onClick={showMore}>{cards.length ? t.more : t.further}</Button>
        </div>
      )}
    </div>
  );
}

function Nothing({ filtered, more }: { filtered: boolean; more: boolean }) {
  if (more) return <EmptyState icon={SearchX} title={t.notYet} />;
  return filtered ? (
    <EmptyState icon={SearchX} title={t.noMatch}>
      {t.noMatchText}
    </EmptyState>
  ) : (
    <EmptyState icon={Inbox} title={t.empty}>
      {t.emptyText}
    </EmptyState>
  );
}

interface History {
  cards: readonly SessionCard[];
  total: number;
  moreThanTotal: boolean;
  more: boolean;
}

/** The first pages as one list. */
async function listOf(read: (query: HistoryQuery) => Promise<Page>, asked: HistoryQuery, pages: number): Promise<History> {
  const { cards = [], total = 0, moreThanTotal = false, nextPageToken = "" } = await read(asked);
  const all = [...cards];
  let page = nextPageToken;
  for (let calls = 1; page && all.length < pages * PAGE && calls < pages + MORE_CALLS; calls++) {
    const next = await read({ ...asked, page });
    all.push(...(next.cards ?? []));
    page = next.nextPageToken ?? "";
  }
  // A search that has read everything knows its total.
  return { cards: all, total, moreThanTotal: moreThanTotal && Boolean(page), more: Boolean(page) };
}
