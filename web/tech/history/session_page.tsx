import { ArrowLeft } from "lucide-preact";
import { useEffect, useMemo } from "preact/hooks";

import { ErrorState, Skeleton, toast, usePageName } from "../../ui";
import { useApp } from "../app_state";
import { itemsOf } from "../chats/items";
import { Link, go } from "../router";
import { lastHistory } from "./history_address";
import { historyTexts as t } from "./history_texts";
import { SessionFacts } from "./session_facts";
import { SessionLog } from "./session_log";
import "../record.css";
import "./session_page.css";
import { ChatStatusChip } from "./status_chip";

/** One chat: its log by days, and what is to know about it (spec 8.2). An open chat goes on while it is shown. */
export function SessionPage({ id = "" }: { id?: string }) {
  const { store, windows, me } = useApp();
  const view = store.sessionOf(id).value;
  const held = view !== undefined;
  // A window that closes lets go of the session too.
  useEffect(() => {
    if (!held) void store.openSession(id);
  }, [id, held]);
  useEffect(() => () => void (windows.has(id) || store.closeSession(id)), [id]);
  const gone = view?.error?.kind === "not_found" || view?.error?.kind === "permission_denied";
  useEffect(() => {
    if (!gone) return;
    toast(t.gone);
    go(lastHistory(), true);
  }, [gone]);
  usePageName(view?.revision ? (view.card.title ?? "") : "");
  const items = useMemo(() => {
    const shown = { lines: view?.lines ?? [], pending: [] };
    return itemsOf(shown, me.value, { onOpenTicket: (ticketId) => go({ page: "ticket", id: ticketId }), fileUrl: (fileId) => store.fileUrl(id, fileId) });
  }, [view?.lines, me.value]);

  if (!view?.revision) {
    return view?.error && !gone ? (
      <ErrorState title={t.failedChat} onRetry={() => void store.openSession(id)} />
    ) : (
      <Skeleton label={t.loadingChat} rows={5} />
    );
  }
  const { card } = view;
  return (
    <div class="record session">
      <header class="record__head">
        <Link to={lastHistory()} class="record__back">
          <ArrowLeft size={15} aria-hidden="true" /> {t.back}
        </Link>
        <h1 dir="auto">{card.title}</h1>
        <p class="record__state">
          <ChatStatusChip status={card.status} />
          <span>{[card.customer?.name, card.companyName].filter(Boolean).join(" · ")}</span>
        </p>
      </header>
      <SessionLog items={items} />
      <SessionFacts card={card} />
    </div>
  );
}
