"""The live cards of the desks whose people have sockets here: what digests are made of and what tells that a card went away."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from parley.chat.v1 import chat_pb2 as chat
from servicekit.errors import TypedError
from servicekit.logs import log
from services.gateway.domain.access import CardFacts
from services.gateway.domain.cards import CardBump, LiveCards
from services.gateway.ports import Service

PAGE = 500
RETRY_AFTER = 1.0
# How long a page that opens may wait for the cards of its desk, in seconds.
LOAD_TIMEOUT = 2.0
STATUS_NAMES = {value: name.removeprefix("CHAT_STATUS_").lower() for name, value in chat.ChatStatus.items()}
TYPE_NAMES = {value: name.removeprefix("CHAT_TYPE_").lower() for name, value in chat.ChatType.items()}

UNKNOWN = "unknown"


def facts_of(card: chat.SessionCard) -> CardFacts:
    """What access needs of a card that nothing was hidden from. A word of a newer chat is `unknown`: one more that is not completed."""
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
    )


@dataclass(eq=False, slots=True)
class _Desk:
    table: LiveCards = field(default_factory=LiveCards)
    # Sessions that were heard of since the load began.
    meanwhile: set[str] = field(default_factory=set)
    complete: asyncio.Event = field(default_factory=asyncio.Event)
    # Changes with each wish for a load, so that an answer from before it is not taken for its own.
    generation: int = 0


class DeskCards:
    """One table for each desk that is heard here; events reach it from the moment that its load begins.

    A load goes on until chat answers. Nobody waits for it for long: without it digests are left out, and nothing else.
    """

    def __init__(self, chat_service: Service) -> None:
        self._chat = chat_service
        self._desks: dict[str, _Desk] = {}
        self._load_wanted = asyncio.Event()
        # Takes each desk whose table is complete again.
        self.loaded: Callable[[str], None] = lambda desk_id: None

    def subscribed(self, desk_id: str) -> bool:
        """Whether what happens on this desk concerns this replica."""
        return desk_id in self._desks

    def complete(self, desk_id: str) -> bool:
        """Whether the table holds all that pages should list."""
        return self._desks[desk_id].complete.is_set()

    def of(self, desk_id: str) -> LiveCards:
        """Raises KeyError for a desk that is not heard."""
        return self._desks[desk_id].table

    def put(self, card: CardFacts) -> None:
        """One event's card; the desk is heard."""
        desk = self._desks[card.desk_id]
        desk.table.put(card)
        if not desk.complete.is_set():
            desk.meanwhile.add(card.session_id)

    def answered(self, desk_id: str, cards: Iterable[chat.SessionCard]) -> None:
        """What chat answered to a page. Lists in chat may lag a moment behind what it said, so this can be newer than what was loaded here;
        and a page must not be told for ever that it should hold something older."""
        if desk_id in self._desks:
            for card in cards:
                self._desks[desk_id].table.put(facts_of(card))

    def answered_one(self, card: chat.SessionCard) -> None:
        """What chat answered of a session that may be over. One that is listed here is left to its events, by which pages learn of it."""
        if card.desk_id in self._desks and self._desks[card.desk_id].table.get(card.session_id) is None:
            self.put(facts_of(card))

    def bump(self, bump: CardBump) -> bool:
        """One message, on a desk that is heard; False when the card before it is not known here."""
        desk = self._desks[bump.desk_id]
        bumped = desk.table.bump(bump)
        if bumped and not desk.complete.is_set():
            desk.meanwhile.add(bump.session_id)
        return bumped

    def subscribe(self, desk_id: str) -> None:
        """From now on the desk is heard, until nobody here is of it."""
        if desk_id not in self._desks:
            self._desks[desk_id] = _Desk()
            self._load_wanted.set()

    async def wait_complete(self, desk_id: str, seconds: float = LOAD_TIMEOUT) -> None:
        """Hears the desk; returns when its table is complete, or after so many seconds all the same."""
        self.subscribe(desk_id)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._desks[desk_id].complete.wait()

    def reload(self) -> None:
        """Something may have been missed: asks anew for every desk that is heard."""
        for desk_id in self._desks:
            self.reload_desk(desk_id)

    def reload_desk(self, desk_id: str) -> None:
        """The same of one desk, if it is heard."""
        if desk := self._desks.get(desk_id):
            desk.complete.clear()
            desk.meanwhile.clear()
            desk.generation += 1
            self._load_wanted.set()

    def keep_only(self, desks: set[str]) -> None:
        """Keeps only the tables of `desks`."""
        for desk_id in self._desks.keys() - desks:
            del self._desks[desk_id]

    async def load(self) -> None:
        """For ever: asks chat until every table is complete. What is no refusal is raised, after each desk had its turn."""
        while True:
            self._load_wanted.clear()
            ends = [await self._load(*each) for each in [(id, desk) for id, desk in self._desks.items() if not desk.complete.is_set()]]
            if failures := [end for end in ends if end is not None and not isinstance(end, TypedError)]:
                raise failures[0]
            if any(ends):
                await asyncio.sleep(RETRY_AFTER)
            else:
                await self._load_wanted.wait()

    async def _load(self, desk_id: str, desk: _Desk) -> Exception | None:
        """Why it has to be tried again, if so."""
        generation = desk.generation
        try:
            found = await self._all_live(desk_id)
        except Exception as error:
            log.warning("cards_not_loaded", desk=desk_id, code=getattr(error, "code", type(error).__name__))
            return error
        if desk.generation == generation:
            desk.table.keep_only(found, desk.meanwhile)
            desk.meanwhile.clear()
            desk.complete.set()
            self.loaded(desk_id)
        return None

    async def _all_live(self, desk_id: str) -> list[CardFacts]:
        found: list[CardFacts] = []
        token = ""
        while True:
            request = chat.ListSessionsRequest(desk_id=desk_id, live=True, page_size=PAGE, page_token=token)
            answer: chat.ListSessionsResponse = await self._chat.call("ListSessions", request)
            found += map(facts_of, answer.cards)
            token = answer.next_page_token
            if not token:
                return found
