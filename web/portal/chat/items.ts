// A session's lines, what is still to be sent, and what may be done now, as the chat window draws them.
import type { ChatAction, ChatItem, ChatPerson } from "../../ui/chat";
import { messageKey, type Line, type Person, type SessionView } from "../../wire";
import { whenOf } from "../support/state_words";
import { texts } from "../texts";

const words = texts.chat;

export type ChatChoices = { callBack: () => void; leave: () => void; openTicket: (id: string) => void };

export function personOf(person: Person | undefined): ChatPerson {
  return { id: person?.id ?? "", name: person?.name ?? "", side: person?.side === "SIDE_ENGINEER" ? "engineer" : "customer" };
}

export function itemsOf(view: SessionView, me: ChatPerson, choices: ChatChoices): ChatItem[] {
  const inIt = view.card.participants?.some((person) => person.id === me.id) ?? false;
  const items = view.lines.map((line) => itemOf(line, inIt, choices));
  for (const one of view.pending) {
    const key = messageKey(me.id, one.commandId);
    items.push({ kind: "message", key, by: me, text: one.text, at: one.at, state: one.state, whyFailed: one.error?.message });
  }
  const offer = inIt ? offerOf(view, choices) : null;
  return offer ? [...items, offer] : items;
}

function itemOf(line: Line, inIt: boolean, choices: ChatChoices): ChatItem {
  const { key, at } = line;
  if (line.kind === "message") return { kind: "message", key, at, by: personOf(line.by), text: line.text };
  switch (line.what) {
    case "joined":
    case "left":
      return { kind: "system", key, at, text: words[line.what](line.who.name ?? "") };
    case "invited":
      return { kind: "system", key, at, text: words.joined(line.who.name ?? "") };
    case "ticket":
      return {
        ...{ kind: "system", key, at, text: words.ticket(line.ticketNumber) },
        actions: [{ label: words.openTicket, onSelect: () => choices.openTicket(line.ticketId) }],
      };
    case "closed":
      return { kind: "system", key, at, text: words.closed, actions: inIt ? [{ label: words.leave, onSelect: choices.leave, primary: true }] : [] };
    default:
      return { kind: "system", key, at, text: words[line.what] };
  }
}

/** What the customer may do now, one sentence and at most two buttons (spec 4.5 to 4.7); raised by the server, never by a page. */
function offerOf(view: SessionView, { callBack, leave }: ChatChoices): ChatItem | null {
  const at = view.card.modifiedAt ?? "";
  const callMeBack: ChatAction = { label: words.callMeBack, onSelect: callBack, primary: true };
  const key = `offer:${view.card.offer}`;
  switch (view.card.offer) {
    case "OFFER_NOBODY_THERE":
      return { kind: "system", key, at, text: words.nobodyThere, actions: [callMeBack, { label: words.leave, onSelect: leave }] };
    case "OFFER_OUTSIDE_HOURS": {
      const text = view.opensAt ? words.outsideHoursUntil(whenOf(view.opensAt)) : words.outsideHours;
      return { kind: "system", key, at, text, actions: [callMeBack, { label: words.tryLater, onSelect: leave }] };
    }
    case "OFFER_NO_ACTIVITY":
      return { kind: "system", key, at, text: words.noActivity, actions: [{ label: words.leave, onSelect: leave }] };
    default:
      return null;
  }
}
