// Passes each frame from the server to the parts of the page that it concerns.
import type { ServerClock } from "./clock.ts";
import type { HeldSessions } from "./held_sessions.ts";
import type { Lists } from "./lists.ts";
import type { LiveEvent } from "./model.ts";
import { endsNotifications, type NotifyPage } from "./notify.ts";
import type { OlderSessions } from "./older.ts";
import type { Outbox } from "./outbox.ts";
import type { PeopleOnScreen } from "./people_on_screen.ts";
import type { Ticket } from "./proto.ts";
import type { Reads } from "./reads.ts";
import { Refused } from "./refused.ts";
import type { SessionBook } from "./session_book.ts";
import type { PageSignIn } from "./sign_in.ts";
import type { Frame } from "./socket.ts";
import type { TicketViewers } from "./ticket_viewers.ts";

export type ReceiverParts = {
  signIn: PageSignIn;
  clock: ServerClock;
  people: PeopleOnScreen;
  viewers: TicketViewers;
  held: HeldSessions;
  reads: Reads;
  notify: NotifyPage;
  book: SessionBook;
  lists: Lists;
  older: OlderSessions;
  /** Null before the first start. */
  outbox: () => Outbox | null;
  /** Empty before the first start. */
  myId: () => string;
  fetchStart: () => void;
  publish: (event: LiveEvent) => void;
  onTicket: (ticket: Ticket) => void;
};

// A fetch ends most differences. While one lasts, pages fetch on its 1st, 2nd, 4th, 8th ... digest, and then on every so many.
const RAREST_FETCH = 32;

function fetchesOn(differing: number): boolean {
  return Number.isInteger(Math.log2(differing)) || differing % RAREST_FETCH === 0;
}

export function createReceiver(parts: ReceiverParts): (frame: Frame) => void {
  const { signIn, clock, people, viewers, held, reads, notify, book, lists, older, outbox, myId, fetchStart, publish } = parts;
  let differing = 0; // digests in a row that the lists differ from
  return (frame) => {
    switch (frame.t) {
      case "welcome":
        if (!signIn.begin(frame.signInId)) return signIn.lost("other");
        differing = 0;
        clock.sample(frame.serverTime);
        people.connected();
        viewers.connected();
        held.follow();
        reads.connected();
        notify.connected(frame.connectionId);
        book.fetchAll();
        return fetchStart();
      case "refetch":
        book.fetchAll();
        return fetchStart();
      case "serverBeat":
        return clock.sample(frame.serverTime);
      case "posted":
        return outbox()?.accepted(frame.sessionId ?? "", frame.commandId ?? "");
      case "refused":
        return outbox()?.refused(frame.commandId ?? "", new Refused(frame.refusal ?? {}));
      case "entry":
        book.entry(frame.entry ?? {});
        return lists.receive(frame);
      case "card": {
        const card = frame.card ?? {};
        const before = lists.cards.value.get(card.sessionId ?? "");
        lists.receive(frame);
        // It left the older ones.
        if (before?.older && !card.older) older.changed();
        book.card(card);
        if (endsNotifications(before, card, myId())) notify.closeOfSession(card.sessionId ?? "");
        if ((before?.revision ?? 0) < (card.revision ?? 0)) publish({ kind: "card", card, before });
        return;
      }
      case "alertRaised":
        lists.receive(frame);
        return publish({ kind: "alert", alert: frame.alert ?? {} });
      case "alertWithdrawn":
        notify.withdrawn(frame.sessionId ?? "");
        return lists.receive(frame);
      case "cardGone":
        if (frame.older) older.changed();
        return lists.receive(frame);
      case "notification":
        return notify.receive(frame, lists.cards.value.get(frame.sessionId ?? ""));
      case "presence":
        return people.receive(frame.presences ?? []);
      case "ticketViewers":
        return viewers.receive(frame);
      case "ticket":
        return parts.onTicket(frame.ticket ?? {});
      case "digest":
        lists.receive(frame);
        book.compare(frame.sessions ?? {});
        if (!myId()) return;
        differing = (frame.cards ?? 0) === lists.digest() ? 0 : differing + 1;
        if (differing && fetchesOn(differing)) fetchStart();
        return;
      case "read":
        if (frame.personId === myId()) notify.closeOfSession(frame.sessionId ?? "");
        return reads.saved([frame]);
      case "typing":
        if (frame.person && frame.person.id !== myId()) book.typing(frame.sessionId ?? "", frame.person);
    }
  };
}
