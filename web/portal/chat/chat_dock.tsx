import { MessageSquare } from "lucide-preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

import { Badge, Menu } from "../../ui";
import type { SessionView, Store } from "../../wire";
import { useStore } from "../store_context";
import { isIn, isLive } from "../support/mine";
import { useSupport } from "../support/support_state";
import { texts } from "../texts";
import { commentKey } from "./after_end";
import { PortalChat } from "./portal_chat";
import { collapse, drawn, front, hidden, minimised, reading, room, showChat, wished } from "./windows";
import "./dock.css";

/** The open chats, bottom right. On a phone the front one fills the screen. */
export function ChatDock() {
  const store = useStore();
  const me = store.me.value?.person?.id ?? "";
  const read = reading.value;
  // A call-back is fetched when its window opens.
  const wanted = [...new Set([...read, ...[...wished.value].filter((id) => store.cards.value.has(id))])].filter((id) => !hidden.value.has(id));
  const opened = useRef<readonly string[]>([]);
  useEffect(() => {
    for (const id of wanted) if (!opened.current.includes(id)) void store.openSession(id);
    for (const id of opened.current) if (!wanted.includes(id)) store.closeSession(id);
    opened.current = wanted;
  }, [wanted.join()]);

  // Open chats stay when they change to a kind that does not open by itself.
  const seen = useRef(new Set<string>());
  const shown = [...store.sessions.value.values()].filter((view) => {
    if (hidden.value.has(view.id)) return false;
    const opens = opensByItself(view, store) || wished.value.has(view.id) || seen.current.has(view.id);
    return read.includes(view.id) || (belongs(view, me) && opens);
  });
  // On a phone the question of a chat that had ended before would cover the page (spec 4.15).
  const ended = shown.filter(({ id, card }) => room.value === "phone" && !seen.current.has(id) && !wished.value.has(id) && !isLive(card)).map(({ id }) => id);
  useLayoutEffect(() => collapse(ended), [ended.join()]);
  for (const view of shown) seen.current.add(view.id);
  const open = shown.filter((view) => !minimised.value.has(view.id));
  const first = open.find((view) => view.id === front.value.id) ?? open[0];
  const onScreen = shown.filter((view) => isOnScreen(view, first));
  // An ended chat or a call-back needs no button without unread messages.
  const others = [...store.sessions.value.values()].filter(
    (view) => belongs(view, me) && !onScreen.includes(view) && (isLive(view.card) || view.unread.count > 0),
  );
  const standing = onScreen.filter((view) => !minimised.value.has(view.id)).map((view) => view.id);
  useLayoutEffect(() => {
    drawn(standing);
    store.notify.chatsInView(standing);
  }, [standing.join()]);
  return onScreen.length || others.length ? <Windows shown={onScreen} others={others} first={first} me={me} /> : null;
}

/** When not all windows fit, shows the front one and, below it, the bars of minimised ones that fit. */
function isOnScreen(view: SessionView, first: SessionView | undefined): boolean {
  if (room.value === "all" || view === first) return true;
  return minimised.value.has(view.id) && (room.value === "one" || !first);
}

type WindowsProps = { shown: readonly SessionView[]; others: readonly SessionView[]; first: SessionView | undefined; me: string };

function Windows({ shown, others, first, me }: WindowsProps) {
  // The desk's permissions may change between two chats.
  const live = shown.filter((view) => belongs(view, me) && isLive(view.card));
  const support = useSupport("", live.map((view) => `${view.id}:${view.card.offer}`).join()).value;
  return (
    <aside class={`dock${first ? " dock--open" : ""}`} aria-label={texts.chat.windows}>
      {shown.map((view) => (
        <div key={view.id} class={`dock__slot${view === first ? " dock__slot--front" : ""}${minimised.value.has(view.id) ? " dock__slot--small" : ""}`}>
          <PortalChat view={view} support={support} />
        </div>
      ))}
      {others.length > 0 && <OtherChats views={others} />}
    </aside>
  );
}

/** Opens hidden chats (spec 7.6): a single one at once, several from a menu with unread ones first. */
function OtherChats({ views }: { views: readonly SessionView[] }) {
  const chats = [...views].sort((a, b) => b.unread.count - a.unread.count || Date.parse(b.card.modifiedAt ?? "") - Date.parse(a.card.modifiedAt ?? ""));
  const unread = chats.reduce((sum, view) => sum + view.unread.count, 0);
  const text = texts.chat.others(chats.length);
  const label = unread ? `${text}, ${texts.chat.unread(unread)}` : text;
  const inside = (
    <>
      <MessageSquare size={18} aria-hidden="true" /> {text} <Badge count={unread} />
    </>
  );
  const look = "button button--secondary button--l dock__others";
  const [only] = chats;
  if (chats.length === 1 && only) {
    return (
      <button type="button" class={look} aria-label={label} onClick={() => showChat(only.id)}>
        {inside}
      </button>
    );
  }
  const entries = chats.map(({ id, card, unread: { count } }) => ({
    ...{ kind: "item" as const, label: count ? `${texts.chat.unread(count)} · ${card.title}` : (card.title ?? "") },
    onSelect: () => showChat(id),
  }));
  return (
    <Menu label={label} class={look} placement="top-end" entries={entries}>
      {inside}
    </Menu>
  );
}

// A chat is shown while its customer is in it, also after its end.
function belongs(view: SessionView, me: string): boolean {
  return isIn(view.card, me) && view.error?.kind !== "not_found";
}

// A call-back does not open a window: the request page lists it and links to it. Neither does an ended chat after the customer's
// answer, unless it has unsent text.
function opensByItself({ id, card, pending }: SessionView, store: Store): boolean {
  if (card.status === "CHAT_STATUS_CALLBACK") return false;
  return !card.feedback?.solved || pending.length > 0 || [id, commentKey(id)].some((key) => store.draft(key));
}
