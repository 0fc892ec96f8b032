import { isIn, type SessionCard } from "../../wire/index.ts";

export { isIn };

export type TabKey = "mine" | "waiting" | "abandoned" | "callbacks";
export type TabbedCards = Record<TabKey, SessionCard[]>;

export const TAB_KEYS: TabKey[] = ["mine", "waiting", "abandoned", "callbacks"];


export function isInvited(card: SessionCard, personId: string): boolean {
  return Boolean(card.invited?.some((person) => person.id === personId));
}

/** Whether the person is asked to take the session over (spec 13.2). */
export function isAsked(card: SessionCard, personId: string): boolean {
  return Boolean(card.transfer?.asked?.some((person) => person.id === personId));
}

/**
 * The cards by tab (spec 6.2, 3.12, 3.9, 13.2): the longest wait first; own sessions with unread messages first, then newest first. Older ones, which
 * are loaded page by page, are last and newest first.
 */
export function tabsOf(cards: Iterable<SessionCard>, me: string, unreadOf: (sessionId: string) => number = () => 0): TabbedCards {
  const tabs: TabbedCards = { mine: [], waiting: [], abandoned: [], callbacks: [] };
  for (const card of cards) {
    const key = tabOf(card, me);
    if (key) tabs[key].push(card);
  }
  const { waiting, abandoned, callbacks } = tabs;
  return {
    mine: sorted(tabs.mine, (card) => [unreadOf(card.sessionId ?? "") ? 0 : 1, -moment(card.openedAt)]),
    waiting: sorted(waiting, byWait),
    abandoned: sorted(abandoned, byWait),
    callbacks: sorted(callbacks, byCall),
  };
}

/** By two keys, which are computed once for each card. */
export function sorted(cards: readonly SessionCard[], keysOf: (card: SessionCard) => [number, number]): SessionCard[] {
  const keyed = cards.map((card) => ({ card, keys: keysOf(card) }));
  keyed.sort(({ keys: [a, b] }, { keys: [c, d] }) => a - c || b - d);
  return keyed.map(({ card }) => card);
}

function byWait(card: SessionCard): [number, number] {
  return card.older ? [1, -moment(card.openedAt)] : [0, moment(sinceOf(card))];
}

/** A call that nobody answered moves the card to the time of the next one (spec 4.14). */
function byCall(card: SessionCard): [number, number] {
  const nextCallAt = card.callbackTried?.nextCallAt;
  return nextCallAt && !card.older ? [0, moment(nextCallAt)] : byWait(card);
}

/** The time at which a card came to its tab. */
export function sinceOf(card: SessionCard): string {
  return card.waitingSince ?? card.openedAt ?? "";
}

function tabOf(card: SessionCard, me: string): TabKey | null {
  if (card.status === "CHAT_STATUS_ABANDONED") return "abandoned";
  if (card.status === "CHAT_STATUS_CALLBACK") return "callbacks";
  if (isIn(card, me)) return "mine";
  if (card.status === "CHAT_STATUS_WAITING" && card.type !== "CHAT_TYPE_PUSH") return "waiting";
  if (card.status === "CHAT_STATUS_WAITING") return card.creator?.id === me ? "mine" : null;
  if (card.status === "CHAT_STATUS_HANDLED" && (card.unattended || isInvited(card, me) || isAsked(card, me))) return "waiting";
  return null;
}

function moment(text: string | undefined): number {
  return text ? Date.parse(text) : 0;
}
