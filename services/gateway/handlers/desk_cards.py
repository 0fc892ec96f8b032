"""The live cards of each desk with a socket on this replica: the source of digests, and of what a session was before an event."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from parley.chat.v1 import chat_pb2 as chat
from servicekit.grpc_client import pages
from servicekit.loop import all_of
from services.gateway.domain.access import CardFacts
from services.gateway.domain.cards import CardBump, LiveCards
from services.gateway.ports import Service

PAGE = 500
# One desk at a time, because a table may be thousands of cards.
LOADS_AT_ONCE = 1
# Seconds that a page may wait for the cards of its desk when it connects.
LOAD_TIMEOUT = 2.0
STATUS_NAMES = {value: name.removeprefix("CHAT_STATUS_").lower() for name, value in chat.ChatStatus.items()}
TYPE_NAMES = {value: name.removeprefix("CHAT_TYPE_").lower() for name, value in chat.ChatType.items()}

UNKNOWN = "unknown"


def facts_of(card: chat.SessionCard) -> CardFacts:
    """The facts of a complete card. Unknown enum values from a newer chat are treated as not completed."""
    # A session on a ticket keeps the ticket's board (spec 2.10), and so does one for which a single engineer is asked.
    moves_to = "" if card.ticket_id else card.transfer.board_id
    return CardFacts(
        session_id=card.session_id,
        desk_id=card.desk_id,
        revision=card.revision,
        type=TYPE_NAMES.get(card.type, UNKNOWN),
        status=STATUS_NAMES.get(card.status, UNKNOWN),
        company_id=card.company_id,
        board_id=card.board_id,
        customer_id=card.customer.id,
        creator_id=card.creator.id,
        ticket_id=card.ticket_id,
        participants=frozenset(person.id for person in card.participants),
        older=card.older,
        asked=frozenset(person.id for person in card.transfer.asked),
        asked_board_id=moves_to or card.board_id,
    )


@dataclass(eq=False, slots=True)
class _Desk:
    table: LiveCards = field(default_factory=LiveCards)
    # By session: the card of its last event, if the table has a newer card from an answer of chat.
    overtaken: dict[str, CardFacts] = field(default_factory=dict)
    # Sessions with an event since the load began.
    meanwhile: set[str] = field(default_factory=set)
    complete: asyncio.Event = field(default_factory=asyncio.Event)
    # Incremented with each reload, so that the answer of an earlier load is not used for it.
    generation: int = 0


class DeskCards:
    """One table for each subscribed desk; it takes events from the moment that its load begins.

    The loop restarts until chat answers. Until then no digests are sent; everything else works.
    """

    def __init__(self, chat_service: Service) -> None:
        self._chat = chat_service
        self._desks: dict[str, _Desk] = {}
        self._load_wanted = asyncio.Event()
        # Called with each desk whose table has become complete.
        self.loaded: Callable[[str], None] = lambda desk_id: None

    def subscribed(self, desk_id: str) -> bool:
        """Whether the desk has sockets on this replica."""
        return desk_id in self._desks

    def complete(self, desk_id: str) -> bool:
        """Whether the table holds every live card of the desk."""
        return self._desks[desk_id].complete.is_set()

    def of(self, desk_id: str) -> LiveCards:
        """Raises KeyError for a desk that is not subscribed."""
        return self._desks[desk_id].table

    def before(self, desk_id: str, session_id: str) -> CardFacts | None:
        """The live card of the session's last event: what pages were sent. None when it is not held. Raises KeyError for a desk that is not
        subscribed."""
        desk = self._desks[desk_id]
        return desk.overtaken.get(session_id) or desk.table.get(session_id)

    def put(self, card: CardFacts) -> None:
        """Stores an event's card. Raises KeyError for a desk that is not subscribed."""
        desk = self._desks[card.desk_id]
        current = desk.table.find(card.session_id)
        desk.table.put(card)
        if current is None or card.revision >= current.revision:
            desk.overtaken.pop(card.session_id, None)
        elif card.session_id in desk.overtaken:
            desk.overtaken[card.session_id] = card
        if not desk.complete.is_set():
            desk.meanwhile.add(card.session_id)

    def answered(self, desk_id: str, cards: Iterable[chat.SessionCard]) -> None:
        """Stores cards that chat returned to a page. They can be newer than the loaded ones, because chat's lists lag behind its events;
        without them the page's digest could stay older than what the page holds. They can also be ahead of the events: `before` then
        still has the card that the other pages hold."""
        if desk := self._desks.get(desk_id):
            for card in cards:
                before = desk.table.get(card.session_id)
                if desk.table.put(facts_of(card)) and before is not None:
                    desk.overtaken.setdefault(card.session_id, before)

    def answered_one(self, card: chat.SessionCard) -> None:
        """Stores the card of a session that may be completed. A live one is changed by its events only, because pages depend on them."""
        if card.desk_id in self._desks and self._desks[card.desk_id].table.get(card.session_id) is None:
            self.put(facts_of(card))

    def bump(self, bump: CardBump) -> CardFacts | None:
        """Applies a message of a subscribed desk, and returns the card after it. None when the card of the revision before is not held."""
        desk = self._desks[bump.desk_id]
        bumped = desk.table.bump(bump)
        if bumped and not desk.complete.is_set():
            desk.meanwhile.add(bump.session_id)
        return bumped

    def subscribe(self, desk_id: str) -> None:
        """Begins to hold the desk's table, until `keep_only` drops it. A repeat changes nothing."""
        if desk_id not in self._desks:
            self._desks[desk_id] = _Desk()
            self._load_wanted.set()

    async def wait_complete(self, desk_id: str, seconds: float = LOAD_TIMEOUT) -> None:
        """Subscribes the desk; returns when its table is complete, at the latest after `seconds`."""
        self.subscribe(desk_id)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._desks[desk_id].complete.wait()

    def reload(self) -> None:
        """Loads every table again, because events may have been missed."""
        for desk_id in self._desks:
            self.reload_desk(desk_id)

    def reload_desk(self, desk_id: str) -> None:
        """Loads one desk's table again, if the desk is subscribed."""
        if desk := self._desks.get(desk_id):
            desk.complete.clear()
            desk.meanwhile.clear()
            desk.overtaken.clear()
            desk.generation += 1
            self._load_wanted.set()

    def keep_only(self, desks: set[str]) -> None:
        """Drops the tables of all other desks."""
        for desk_id in self._desks.keys() - desks:
            del self._desks[desk_id]

    async def load(self) -> None:
        """Loads every incomplete table. Runs until it fails, after it has tried each desk; the next run loads those that are left. Raises
        TypedError."""
        while True:
            self._load_wanted.clear()
            incomplete = [(id, desk) for id, desk in self._desks.items() if not desk.complete.is_set()]
            await all_of((self._load(id, desk) for id, desk in incomplete), LOADS_AT_ONCE)
            await self._load_wanted.wait()

    async def _load(self, desk_id: str, desk: _Desk) -> None:
        generation = desk.generation
        found = await self._all_live(desk_id)
        if desk.generation == generation:
            desk.table.keep_only(found, desk.meanwhile)
            desk.meanwhile.clear()
            desk.complete.set()
            self.loaded(desk_id)

    async def _all_live(self, desk_id: str) -> list[CardFacts]:
        request = chat.ListSessionsRequest(desk_id=desk_id, live=True, page_size=PAGE)
        return [facts_of(card) async for page in pages(partial(self._chat.call, "ListSessions"), request) for card in page.cards]
