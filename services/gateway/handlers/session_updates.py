"""Sends a session's entries to its participants and followers, and its card to the pages that list it.

Most entries are messages, and they change nothing of a card but its revision and its time. No page is sent the card for them: pages that
receive the entry change their card by it, and for the others the next digest names the bumped card (sockets.py).
"""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass

from parley.chat.v1 import chat_pb2 as chat
from services.gateway.domain.access import CardFacts, is_asked, is_in, lists, may_see
from services.gateway.domain.bounded_dict import BoundedDict
from services.gateway.domain.cards import CardBump
from services.gateway.domain.limits import Rate, TokenBuckets
from services.gateway.domain.socket_index import SocketIndex
from services.gateway.handlers.desk_cards import DeskCards
from services.gateway.outbound import server_frames
from services.gateway.outbound.server_frames import FrameOf
from services.gateway.ports import Socket

MAX_SESSIONS = 20_000
TYPING = Rate(1, 1.0)


@dataclass(frozen=True, slots=True)
class SessionUpdate:
    """One entry of a session, with the card after it."""

    card: CardFacts
    entry_frame: FrameOf
    card_frame: FrameOf


class SessionUpdates:
    """Publishes each entry once, although Kafka may repeat it."""

    def __init__(self, index: SocketIndex[Socket], cards: DeskCards) -> None:
        self._index, self._cards = index, cards
        self._typing = TokenBuckets(TYPING)
        self._sent: BoundedDict[str, int] = BoundedDict(MAX_SESSIONS)
        # Revisions in chat's answers; may be newer than its events. Pages get events only; a digest has the higher revision.
        self._answered: BoundedDict[str, int] = BoundedDict(MAX_SESSIONS)
        # By session with messages: the card after the last one, and the sockets that received it. As of `_receivers_as_of` of the index.
        self._receivers: BoundedDict[str, tuple[CardFacts, list[Socket]]] = BoundedDict(MAX_SESSIONS)
        self._receivers_as_of = 0
        # Called with a customer's socket when an entry other than a message was published in one of their sessions.
        self.customer_concerned: Callable[[Socket], None] = lambda socket: None

    def newest(self, desk_id: str, session_id: str) -> int:
        """The highest revision of a session on this replica; 0 when it has none."""
        card = self._cards.of(desk_id).find(session_id)
        return max(card.revision if card else 0, self._sent.get(session_id, 0), self._answered.get(session_id, 0))

    def answered(self, card: chat.SessionCard) -> None:
        """Takes over a card that chat returned."""
        self._answered[card.session_id] = card.revision
        self._cards.answered_one(card)

    def may_see(self, socket: Socket, session_id: str) -> bool:
        """Whether the socket's person may see the session, live or completed. False without a card on this replica."""
        card = self._cards.of(socket.viewer.desk_id).find(session_id)
        return card is not None and may_see(socket.viewer, card)

    def publish_message(self, bump: CardBump, entry_frame: Callable[[], FrameOf]) -> int | None:
        """Sends an entry of messages alone, by its headers, to the sockets that receive the session's entries. `entry_frame` decodes the
        record; without such a socket it is not called. Returns the number of frames; None, with nothing done, when the previous card is
        missing, so that `publish` needs the whole record."""
        if bump.revision <= self._sent.get(bump.session_id, 0):
            return 0
        before = self._cards.of(bump.desk_id).get(bump.session_id)
        card = self._cards.bump(bump)
        if card is None:
            return None
        self._sent[bump.session_id] = bump.revision
        receiving = self._receiving(before, card)
        if receiving:
            frame = entry_frame()
            for socket in receiving:
                socket.send(frame(socket.viewer.kind))
        return len(receiving)

    def _receiving(self, before: CardFacts | None, card: CardFacts) -> list[Socket]:
        """The sockets that receive the entry after which the card is `card`: those of the last message, unless anything changed since."""
        if self._receivers_as_of != self._index.changes:
            self._receivers.clear()
        card_then, receiving = self._receivers.get(card.session_id, (None, []))
        if card_then is None or card_then is not before:
            receiving = [socket for socket in self._sockets_of(card) if self._reads(socket, card)]
        # After `_reads`, which may grant.
        self._receivers_as_of = self._index.changes
        self._receivers[card.session_id] = card, receiving
        return receiving

    def _reads(self, socket: Socket, card: CardFacts) -> bool:
        return self._refresh_grant(socket, card) and (is_in(socket.viewer, card) or self._follows(socket, card))

    def publish(self, update: SessionUpdate) -> int:
        """Sends the entry to all sockets that it concerns; returns the number of frames."""
        card = update.card
        if card.revision <= self._sent.get(card.session_id, 0):
            return 0
        self._sent[card.session_id] = card.revision
        before = self._cards.before(card.desk_id, card.session_id)
        self._cards.put(card)
        for socket in self._index.of_person(card.desk_id, card.customer_id):
            self.customer_concerned(socket)
        return sum(self._send_to(socket, update, before) for socket in self._concerned(card))

    def typing(self, writer: Socket, session_id: str) -> None:
        """Sends it to the session's other sockets on this replica, and not to other replicas (spec 7.5).

        At most once a second for each person and session."""
        card = self._cards.of(writer.viewer.desk_id).get(session_id)
        if card is None or not is_in(writer.viewer, card):
            return
        if self._typing.take(f"{card.desk_id}/{session_id}/{writer.viewer.id}", asyncio.get_running_loop().time()):
            return
        frame = server_frames.typing(session_id, writer.viewer)
        for socket in self._sockets_of(card):
            receives = is_in(socket.viewer, card) or (self._follows(socket, card) and may_see(socket.viewer, card))
            if receives and socket.viewer.id != writer.viewer.id:
                socket.send(frame)

    def _concerned(self, card: CardFacts) -> Collection[Socket]:
        return [*self._index.engineers(card.desk_id), *self._index.of_person(card.desk_id, card.customer_id)]

    def _sockets_of(self, card: CardFacts) -> Collection[Socket]:
        return self._index.sockets_of_session(card.desk_id, card.session_id, {card.customer_id, card.creator_id, *card.participants})

    def _send_to(self, socket: Socket, update: SessionUpdate, before: CardFacts | None) -> int:
        viewer, card = socket.viewer, update.card
        frames = []
        # A person who leaves is sent that entry, so both the card before it and the card after it count.
        was_in = before is not None and is_in(viewer, before)
        # So is a follower with whose request to take the session over the access ends: the page would go on showing the request.
        was_asked = before is not None and is_asked(viewer, before) and self._follows(socket, before)
        seen = self._refresh_grant(socket, card)
        if was_asked or (seen and (was_in or is_in(viewer, card) or self._follows(socket, card))):
            frames.append(update.entry_frame(viewer.kind))
        if lists(viewer, card):
            frames.append(update.card_frame(viewer.kind))
        elif (before is not None and lists(viewer, before)) or (seen and card.older):
            frames.append(server_frames.card_gone(card.session_id, card.revision, older=card.older))
        for frame in frames:
            socket.send(frame)
        return len(frames)

    def _refresh_grant(self, socket: Socket, card: CardFacts) -> bool:
        """Grants or revokes following the session, by the card. Returns whether the socket's person may see it."""
        seen, followed = may_see(socket.viewer, card), self._index.sessions.granted(socket)
        if not seen and card.session_id in followed:
            self._index.sessions.grant(socket, followed - {card.session_id})
        elif seen and card.session_id in self._index.sessions.requested(socket) - followed:
            self._index.sessions.grant(socket, followed | {card.session_id})
        return seen

    def _follows(self, socket: Socket, card: CardFacts) -> bool:
        return socket in self._index.sessions.granted_to(card.desk_id, card.session_id)
