import { useComputed } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";

import { Banner, Button, WaitCounter, second, toast, toastWhenSlow } from "../../ui";
import { ChatWindow, useUnreadDivider, type ChatMember } from "../../ui/chat";
import { giveBack, useChatFiles } from "../../ui/files/chat_files";
import { stateHash, unsentOf, type ChatFile, type SessionView, type SupportState } from "../../wire";
import { sentence } from "../load";
import { go, paths } from "../router";
import { presenceShown } from "../presence";
import { useStore } from "../store_context";
import { CallbackDialog } from "../support/callback_dialog";
import { isLive } from "../support/mine";
import { startAnew } from "../support/new_chat";
import { texts } from "../texts";
import { AfterEnd, hasEnded } from "./after_end";
import { itemsOf, marksOf, personOf, type ChatChoices } from "./items";
import { LeaveDialog } from "./leave_dialog";
import { front, hideChat, minimiseChat, minimised, room, showChat } from "./windows";

const t = texts.chat;

/** `support` is what the desk lets this customer do; null until loaded. */
export function PortalChat({ view, support }: { view: SessionView; support: SupportState | null }) {
  const store = useStore();
  const { id, card } = view;
  const me = personOf({ ...store.me.value?.person, side: "SIDE_CUSTOMER" });
  const [draft, setDraft] = useState(() => store.draft(id));
  const [calling, setCalling] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const files = useChatFiles(store, id, false);
  const small = minimised.value.has(id);
  const inIt = card.participants?.some((person) => person.id === me.id) ?? false;
  const divider = useUnreadDivider(() => firstUnread(store.sessionOf(id).value), small);
  // Without an offer, at any time (spec 4.4).
  const mayLeave = support?.customerLeave === "always";

  // The text of a second chat request goes into this chat's draft (spec 2.3).
  useEffect(() => setDraft(store.draft(id)), [id, front.value.asked]);
  useEffect(() => store.onDraft(id, setDraft), [id]);

  const forgetUnsent = (): void => {
    for (const one of view.pending) store.discard(id, one.commandId);
    write("");
  };
  const unsent = () => {
    const posts = unsentOf(store.sessionOf(id).peek());
    const onSelect = (): void => posts.forEach(({ commandId }) => store.discard(id, commandId));
    return posts.length ? { text: t.unsent(posts.length), action: { label: t.leaveAnyway, onSelect } } : null;
  };
  const leave = (): void => {
    store.leave(id).finally(toastWhenSlow(unsent)).then(
      () => {
        forgetUnsent();
        hideChat(id);
      },
      (error: unknown) => {
        // The session has ended and accepts no leave, so the window just closes.
        if (isLive(card)) toast(sentence(error), { tone: "danger", while: () => isLive(store.sessionOf(id).value?.card ?? {}) });
        else hideChat(id);
      },
    );
  };
  const openTicket = (ticketId: string): void => {
    go(paths.ticket(ticketId));
    // On a phone the chat fills the screen: the ticket would open behind it.
    if (room.value === "phone") minimiseChat(id);
  };
  const anew = (): void => {
    const unsent = [...view.pending.map((one) => one.text), store.draft(id).trim()].filter(Boolean).join("\n");
    startAnew(store, card.onTicket ? (card.ticketId ?? "") : "", unsent);
    forgetUnsent();
    leave();
  };
  const retry = (commandId: string): void => {
    if (giveBack(store, id, commandId, files)) setDraft(store.draft(id));
    else store.retry(id, commandId);
  };
  const callBack = support?.mayCallBack ? () => setCalling(true) : null;
  const choices: ChatChoices = { callBack, leave, startAnew: anew, openTicket, fileUrl: (fileId) => store.fileUrl(id, fileId) };
  const items = useMemo(() => itemsOf(view, me, choices), [view.lines, view.pending, card, view.opensAt, me.id, Boolean(callBack)]);
  const marks = useMemo(() => marksOf(view.marks), [view.marks]);
  const write = (text: string): void => {
    setDraft(text);
    store.saveDraft(id, text);
    if (text) store.typing(id);
  };

  return (
    <div class="dock__window" data-revision={view.revision} data-hash={view.revision ? stateHash(view) : ""}>
      <ChatWindow
        title={card.title ?? ""}
        me={me.id}
        owner={`portal:${me.id}`}
        items={items}
        loading={view.loading}
        error={view.error && !view.revision ? { ...errorText(view), onRetry: () => void store.openSession(id) } : undefined}
        people={useMembers(view)}
        marks={marks}
        unreadFrom={divider.from}
        unread={view.unread.count}
        minimised={small}
        connection={useConnectionState()}
        typing={view.typing.map((person) => person.name ?? "")}
        notice={
          <>
            <Notice view={view} inIt={inIt} />
            {view.revision > 0 && hasEnded(card) && <AfterEnd view={view} items={items} inIt={inIt} onStartAnew={anew} />}
          </>
        }
        draft={draft}
        onDraft={write}
        onSend={(text) => {
          const post = (sent: readonly ChatFile[] = []): void => {
            store.post(id, text, false, sent);
            divider.clear();
            write("");
          };
          if (files.items.length) files.send(post);
          else post();
        }}
        files={files.mayAttach ? files : undefined}
        // An ended chat accepts no messages, so a retry has no use.
        onRetry={(key) => (isLive(card) ? retry(key.slice(me.id.length + 1)) : anew())}
        readOnly={readOnly(view, inIt)}
        onSeen={() => store.seen(id)}
        onMinimise={() => minimiseChat(id)}
        onRestore={() => showChat(id)}
        onClose={() => hideChat(id)}
        onLeave={mayLeave && inIt && isLive(card) ? () => setLeaving(true) : undefined}
        focus={front.value.id === id ? front.value.asked : 0}
      />
      {leaving && isLive(card) && <LeaveDialog card={card} onLeave={leave} onClose={() => setLeaving(false)} />}
      {calling && <CallbackDialog sessionId={id} onClose={() => setCalling(false)} />}
    </div>
  );
}

/** Null before the session is loaded. */
function firstUnread(view: SessionView | undefined): string | undefined | null {
  return view?.revision ? view.unread.from : null;
}

function errorText({ error }: SessionView): { text: string; next?: string } {
  return error?.kind === "not_found" ? { text: t.gone } : { text: t.failed, next: t.failedNext };
}

function readOnly(view: SessionView, inIt: boolean): string | undefined {
  if (view.card.status === "CHAT_STATUS_CALLBACK") return t.readOnlyCallback;
  return view.card.sessionId && (!inIt || !isLive(view.card)) ? t.readOnly : undefined;
}

/** The current state in one sentence. */
function Notice({ view, inIt }: { view: SessionView; inIt: boolean }) {
  const store = useStore();
  const connection = store.connection.value.state;
  const failed = view.pending.find((one) => one.state === "failed");
  if (connection !== "connected" && isLive(view.card)) {
    return (
      <div role="status">
        <Banner tone="warn">{connection === "offline" ? t.offline : t.reconnecting}</Banner>
      </div>
    );
  }
  if (failed && !isLive(view.card)) return <Banner tone="warn">{t.endedBefore}</Banner>;
  if (failed) {
    const discard = (
      <Button size="s" variant="ghost" onClick={() => store.discard(view.id, failed.commandId)}>
        {t.discard}
      </Button>
    );
    return (
      <Banner tone="danger" actions={discard}>
        {t.notSent}: {failed.error ? sentence(failed.error) : ""}
      </Banner>
    );
  }
  const { status, waitingSince, offer, unattended } = view.card;
  if (unattended) return <Banner tone="warn">{t.unattended}</Banner>;
  if (status === "CHAT_STATUS_CALLBACK") return <Banner>{t.callbackAsked}</Banner>;
  if (status !== "CHAT_STATUS_WAITING" || !inIt || (offer && offer !== "OFFER_UNSPECIFIED")) return null;
  return (
    <Banner actions={waitingSince && <WaitCounter since={waitingSince} />}>{t.waiting}</Banner>
  );
}

function useMembers(view: SessionView): ChatMember[] {
  const store = useStore();
  const here = view.card.participants ?? [];
  const ids = here.map((person) => person.id ?? "");
  useEffect(() => store.watchPeople(ids), [ids.join()]);
  if (here.length === 0) return writersOf(view);
  return here.map((person) => ({ ...personOf(person), presence: presenceShown(store, person.id) }));
}

// For an ended conversation: the people who wrote in it.
function writersOf(view: SessionView): ChatMember[] {
  const writers = view.lines.flatMap((line) => (line.kind === "message" ? [[line.by.id ?? "", personOf(line.by)] as const] : []));
  return [...new Map(writers).values()];
}

function useConnectionState() {
  const store = useStore();
  return useComputed(() => {
    const connection = store.connection.value;
    const onTryNow = (): void => store.tryNow();
    if (connection.state === "connected") return { kind: "connected", permission: store.notify.permission.value } as const;
    if (connection.state === "offline") return { kind: "offline", onTryNow } as const;
    const now = second.value * 1000; // read, so that it renders each second
    const seconds = connection.retryAt && now ? Math.max(0, Math.ceil((connection.retryAt - Date.now()) / 1000)) : 0;
    return { kind: "reconnecting", seconds, onTryNow } as const;
  }).value;
}
