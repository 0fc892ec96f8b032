// A session's lines, unsent messages and current choices, as items of the chat window.
import { serverNow, shortMoment } from "../../ui";
import type { ChatAction, ChatItem, ChatPerson, ReadMarks } from "../../ui/chat";
import { isolated, messageKey, type ChatFile, type ChatLine, type Person, sentenceOf, type SessionView } from "../../wire";
import { isLive } from "../support/mine";
import { whenOf } from "../support/support_state";
import { texts } from "../texts";

const t = texts.chat;

/** `callBack` is null where the desk does not offer it to this customer. */
export type ChatChoices = { callBack: (() => void) | null; leave: () => void; startAnew: () => void; openTicket: (id: string) => void; fileUrl: (fileId: string) => string };

export function personOf(person: Person | undefined): ChatPerson {
  return { id: person?.id ?? "", name: person?.name ?? "", side: person?.side === "SIDE_ENGINEER" ? "engineer" : "customer" };
}

export function itemsOf(view: SessionView, me: ChatPerson, choices: ChatChoices): ChatItem[] {
  const inIt = view.card.participants?.some((person) => person.id === me.id) ?? false;
  const items = view.lines.flatMap((line) => itemOf(line, view, inIt, choices) ?? []);
  // In an ended chat, the reason of a failed message does not matter.
  const why = isLive(view.card) ? undefined : t.notSent;
  for (const one of view.pending) {
    const key = messageKey(me.id, one.commandId);
    items.push({ kind: "message", key, by: me, text: one.text, files: filesOf(one.files, choices), at: one.at, state: one.state, whyFailed: why ?? ((one.error && sentenceOf(one.error)) || undefined) });
  }
  const offer = inIt && !view.loading ? offerOf(view, choices) : null;
  return offer ? [...items, offer] : items;
}

/** A customer sees that a message was read, not by whom. */
export function marksOf({ seen, ...rest }: SessionView["marks"]): ReadMarks {
  return { ...rest, seen: seen && { key: seen.key, names: [] } };
}

function filesOf(files: readonly ChatFile[] | undefined, { fileUrl }: ChatChoices) {
  return files?.map((file) => ({ ...file, url: fileUrl(file.id ?? "") }));
}

function itemOf(line: ChatLine, view: SessionView, inIt: boolean, choices: ChatChoices): ChatItem | null {
  const { key, at } = line;
  if (line.kind === "message") return { kind: "message", key, at, by: personOf(line.by), text: line.text, files: filesOf(line.files, choices) };
  switch (line.what) {
    case "joined":
    case "left":
      return { kind: "system", key, at, text: t[line.what](isolated(line.who.name ?? "")) };
    case "invited":
      return { kind: "system", key, at, text: t.joined(isolated(line.who.name ?? "")) };
    case "noAnswer":
      return { kind: "system", key, at, text: texts.request.tried(shortMoment(at, serverNow()), shortMoment(line.nextCallAt, serverNow())) };
    case "transferAccepted":
      return { kind: "system", key, at, text: t.handedOver(isolated(line.by.name ?? ""), isolated(line.who.name ?? "")) };
    case "transferAsked":
    case "transferDeclined":
    case "transferExpired":
    case "transferWithdrawn":
      return null; // only engineers receive it
    case "commented":
      return { kind: "system", key, at, text: t.commented(line.comment) };
    case "ticket":
      return {
        ...{ kind: "system", key, at, text: t.ticket(line.ticketNumber) },
        actions: [{ label: t.openTicket, onSelect: () => choices.openTicket(line.ticketId) }],
      };
    case "abandoned": {
      // A customer who leaves a waiting chat is no participant any more; one who is still in it was away when it ended.
      const over = view.card.status === "CHAT_STATUS_ABANDONED";
      return { kind: "system", key, at, text: inIt ? t.abandonedAway : t.abandoned, actions: inIt && over ? waysOn(true, choices) : [] };
    }
    case "closed":
      return { kind: "system", key, at, text: t.closed, actions: inIt ? waysOn(view.pending.length > 0, choices) : [] };
    default:
      return { kind: "system", key, at, text: t[line.what] };
  }
}

// The actions after a chat has ended. A new chat takes the unsent text along.
function waysOn(anew: boolean, { leave, startAnew }: ChatChoices): ChatAction[] {
  const leaving: ChatAction = { label: t.leave, onSelect: leave, primary: !anew };
  return anew ? [{ label: t.startAnew, onSelect: startAnew, primary: true }, leaving] : [leaving];
}

/** The customer's current offer: one sentence and at most two buttons (spec 4.5 to 4.7). Only the server raises it. */
function offerOf(view: SessionView, { callBack, leave }: ChatChoices): ChatItem | null {
  const at = view.card.modifiedAt ?? "";
  const callMeBack: ChatAction[] = callBack ? [{ label: t.callMeBack, onSelect: callBack, primary: true }] : [];
  const key = `offer:${view.card.offer}`;
  switch (view.card.offer) {
    case "OFFER_NOBODY_THERE":
      return { kind: "system", key, at, text: callBack ? t.nobodyThere : t.nobodyThereLeave, actions: [...callMeBack, { label: t.leave, onSelect: leave }] };
    case "OFFER_OUTSIDE_HOURS": {
      const text = view.opensAt ? t.outsideHoursUntil(whenOf(view.opensAt)) : t.outsideHours;
      return { kind: "system", key, at, text, actions: [...callMeBack, { label: t.tryLater, onSelect: leave }] };
    }
    case "OFFER_NO_ACTIVITY":
      return { kind: "system", key, at, text: t.noActivity, actions: [{ label: t.leave, onSelect: leave }] };
    default:
      return null;
  }
}
