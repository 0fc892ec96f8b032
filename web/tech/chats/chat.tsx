import type { ComponentChildren } from "preact";
import { useCallback, useMemo } from "preact/hooks";

import { Banner, Button, WaitCounter } from "../../ui";
import { type ChatMember, ChatWindow, type ConnectionState, useUnreadDivider } from "../../ui/chat";
import { type SessionCard, type SessionView, type Store, isolated } from "../../wire/index.ts";
import { type AppState, useApp } from "../app_state";
import { chatPerson, presenceShown, useOnScreen } from "../people";
import { go } from "../router";
import { repliesFor } from "../replies/fill";
import { isUnanswered, join, leave, mayLeave } from "../sessions/acts";
import { useJoinPolicy, whyNotJoin } from "../sessions/join_policy";
import { isAsked, isIn } from "../sessions/tabs";
import { secondsLeft } from "../shell/connection_status";
import { texts } from "../texts";
import { useBeside } from "./beside";
import { CloseRecord } from "./close_record";
import { itemsOf, marksOf } from "./items";
import { chatMenu, mayInvite } from "./menu";
import { useTyped } from "./typed";
import { TransferNotice } from "./transfer_notice";
import type { OpenWindow } from "./windows";

const NOTHING = { lines: [], pending: [] };

/** A session in its window, or docked. Shows the store's state and passes the person's actions to the store. */
export function Chat({ window, docked }: { window: OpenWindow; docked: boolean }) {
  const { id } = window;
  const minimised = window.minimised && !docked;
  const app = useApp();
  const { store, windows, me } = app;
  const view = store.sessionOf(id).value;
  const card = view?.card ?? store.cards.value.get(id) ?? {};
  const inside = isIn(card, me.value.id ?? "");
  const typed = useTyped(store, id, card, inside);
  const divider = useUnreadDivider(() => firstUnread(store.sessionOf(id).value), minimised);

  const items = useMemo(() => {
    const onLeave = inside ? () => void leave(app, store.cards.peek().get(id) ?? card) : undefined;
    return itemsOf(view ?? NOTHING, me.value, { onLeave, onOpenTicket: (ticketId) => go({ page: "ticket", id: ticketId }), fileUrl: (fileId) => store.fileUrl(id, fileId) });
  }, [view?.lines, view?.pending, inside, me.value]);
  const marks = useMemo(() => marksOf(view?.marks), [view?.marks]);
  const onSeen = useCallback(() => store.seen(id), [id]);
  const members = useMembers(app, card);
  const details = useBeside(window, card);
  const free = !inside || mayLeave(app, card);

  return (
    <ChatWindow
      title={card.title ?? ""}
      ticket={card.ticketNumber ? `#${card.ticketNumber}` : undefined}
      me={me.value.id ?? ""}
      owner={`tech:${me.value.id ?? ""}`}
      items={items}
      loading={!view || view.loading}
      error={view?.error && !view.revision ? { ...errorText(view), onRetry: () => void store.openSession(id) } : undefined}
      customer={card.customer?.name ? { name: card.customer.name, company: card.companyName } : undefined}
      people={members}
      marks={marks}
      unreadFrom={divider.from}
      unread={view?.unread.count}
      elsewhere={store.unread.value - (view?.unread.count ?? 0)}
      minimised={minimised}
      connection={connectionState(store)}
      typing={view?.typing.map((person) => person.name ?? texts.chat.someone)}
      notice={card.status === "CHAT_STATUS_COMPLETED" ? <Ended card={card} /> : noticeOf(app, card, inside)}
      draft={typed.draft}
      onDraft={typed.onDraft}
      onSend={(text) => {
        typed.onSend(text, divider.clear);
      }}
      notes={typed.notes}
      files={inside && typed.files.mayAttach ? typed.files : undefined}
      onRetry={(key) => typed.onRetry(key.slice(key.indexOf(":") + 1))}
      readOnly={whyReadOnly(card, inside || Boolean(typed.notes))}
      menu={chatMenu(app, card)}
      // The ticket's page has the customer's details.
      details={docked ? undefined : details}
      replies={inside && !typed.notes?.internal ? repliesFor(app, card) : undefined}
      onSeen={onSeen}
      onMinimise={docked ? undefined : () => windows.minimise(id)}
      onRestore={() => windows.open(id)}
      onClose={() => windows.close(id)}
      onAddEngineer={mayInvite(app, card) ? () => (app.dialog.value = { kind: "invite", sessionId: id }) : undefined}
      onLeave={inside ? () => void leave(app, card) : undefined}
      whyNotLeave={free ? undefined : texts.sessions.whyNotLeave}
      focus={windows.focus.value.id === id ? windows.focus.value.count : undefined}
    />
  );
}

/** Null before the session is loaded. */
function firstUnread(view: SessionView | undefined): string | undefined | null {
  return view?.revision ? view.unread.from : null;
}

function useMembers({ store }: AppState, card: SessionCard): ChatMember[] {
  const here = card.participants ?? [];
  const invited = card.invited ?? [];
  useOnScreen([...here, ...invited].map((person) => person.id));
  const member = (person: typeof here[number], isInvited: boolean): ChatMember => ({
    ...chatPerson(person),
    presence: presenceShown(store, person.id),
    invited: isInvited,
  });
  return [...here.map((person) => member(person, false)), ...invited.map((person) => member(person, true))];
}

export function connectionState({ connection: { value: connection }, notify, tryNow: onTryNow }: Store): ConnectionState {
  if (connection.state === "reconnecting") return { kind: "reconnecting", seconds: secondsLeft(connection), onTryNow };
  return connection.state === "offline" ? { kind: "offline", onTryNow } : { kind: "connected", permission: notify.permission.value };
}

function whyReadOnly({ status }: SessionCard, mayWrite: boolean): string | undefined {
  if (status === "CHAT_STATUS_COMPLETED") return texts.chat.closedBox;
  if (status === "CHAT_STATUS_ABANDONED" || status === "CHAT_STATUS_CALLBACK") return texts.chat.notInEnded;
  return mayWrite ? undefined : texts.chat.notInBox;
}

function errorText({ error }: SessionView): { text: string; next?: string } {
  return error?.kind === "not_found" ? { text: texts.chat.gone } : { text: texts.chat.notLoaded, next: texts.chat.notLoadedNext };
}

function Ended({ card }: { card: SessionCard }) {
  return (
    <>
      {card.ticketLink === "TICKET_LINK_PENDING" && <Banner tone="accent">{card.onTicket ? texts.chat.logPending : texts.chat.ticketPending}</Banner>}
      <CloseRecord card={card} />
    </>
  );
}

function noticeOf(app: AppState, card: SessionCard, inside: boolean): ComponentChildren {
  const id = card.sessionId ?? "";
  if (card.transfer && (inside || isAsked(card, app.me.value.id ?? ""))) return <TransferNotice app={app} card={card} />;
  if (card.status === "CHAT_STATUS_HANDLED" && inside && !isIn(card, card.customer?.id ?? "")) return <CustomerLeft card={card} />;
  if (card.status === "CHAT_STATUS_HANDLED" && card.unattended && inside) return <Banner tone="warn">{texts.chat.unattended}</Banner>;
  if (inside && isUnanswered(card)) {
    return (
      <Banner
        tone="accent"
        actions={
          <Button size="s" onClick={() => void leave(app, card)}>
            {texts.sessions.withdraw}
          </Button>
        }
      >
        {texts.chat.pushWaits(card.customer?.name ?? texts.chat.someone)} <WaitCounter since={card.openedAt ?? ""} />
      </Banner>
    );
  }
  if (card.status === "CHAT_STATUS_ABANDONED" || card.status === "CHAT_STATUS_CALLBACK") {
    return (
      <Banner
        actions={
          <Button size="s" variant="primary" onClick={() => (app.dialog.value = { kind: "close", sessionId: id })}>
            {texts.sessions.end}
          </Button>
        }
      >
        {texts.chat.followUp}
      </Banner>
    );
  }
  const open = card.status === "CHAT_STATUS_HANDLED" || (card.status === "CHAT_STATUS_WAITING" && card.type !== "CHAT_TYPE_PUSH");
  return inside || !open ? null : <NotIn card={card} />;
}

/** The engineer must still end the chat (spec 4.7). */
function CustomerLeft({ card: { sessionId = "", customer } }: { card: SessionCard }) {
  const { dialog } = useApp();
  const end = (
    <Button size="s" variant="primary" onClick={() => (dialog.value = { kind: "end", sessionId })}>
      {texts.chat.end}
    </Button>
  );
  return <Banner actions={end}>{texts.chat.customerLeft(isolated(customer?.name || texts.chat.someone))}</Banner>;
}

function NotIn({ card }: { card: SessionCard }) {
  const app = useApp();
  useJoinPolicy();
  const mode = card.status === "CHAT_STATUS_HANDLED" && !card.unattended ? "also" : undefined;
  const whyNot = mode && whyNotJoin(app, card);
  if (whyNot) return <Banner>{`${texts.chat.notInvited} ${whyNot}.`}</Banner>;
  return (
    <Banner
      actions={
        <Button size="s" variant="primary" onClick={() => void join(app, card.sessionId ?? "", mode)}>
          {texts.sessions.join}
        </Button>
      }
    >
      {texts.chat.notIn}
    </Banner>
  );
}
