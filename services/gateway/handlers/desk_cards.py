"""The live cards of the desks whose people have sockets here: what digests are made of and what tells that a card went away."""

import asyncio
from dataclasses import dataclass, field

from parley.chat.v1 import chat_pb2 as chat
from servicekit.errors import TypedError
from servicekit.identity import Caller
from servicekit.logs import log
from services.gateway.domain.cards import CardFacts
from services.gateway.domain.live_cards import LiveCards
from services.gateway.ports import Service

PAGE = 500
RETRY_AFTER = 1.0
# How long a page that opens may wait for the cards of its desk, in seconds.
PATIENCE = 2.0
STATUS_WORDS = {value: name.removeprefix("CHAT_STATUS_").lower() for name, value in chat.ChatStatus.items()}
TYPE_WORDS = {value: name.removeprefix("CHAT_TYPE_").lower() for name, value in chat.ChatType.items()}


def facts_of(card: chat.SessionCard) -> CardFacts:
    """What access needs of a card that nothing was hidden from."""
    return CardFacts(
        session_id=card.session_id,
        desk_id=card.desk_id,
        revision=card.revision,
        type=TYPE_WORDS[card.type],
        status=STATUS_WORDS[card.status],
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
    loaded: bool = False
    load: "asyncio.Task[None] | None" = None


class DeskCards:
    """One table for each desk that is heard here; events reach it from the moment that its load begins.

    A load goes on until chat answers. Nobody waits for it for long: without it digests are left out, and nothing else.
    """

    def __init__(self, chat_service: Service) -> None:
        self._chat = chat_service
        self._desks: dict[str, _Desk] = {}

    def heard(self, desk_id: str) -> bool:
        """Whether what happens on this desk concerns this replica."""
        return desk_id in self._desks

    def complete(self, desk_id: str) -> bool:
        """Whether the table holds all that pages should list."""
        return self._desks[desk_id].loaded

    def of(self, desk_id: str) -> LiveCards:
        """Raises KeyError for a desk that is not heard."""
        return self._desks[desk_id].table

    def put(self, card: CardFacts) -> None:
        """One event's card; the desk is heard."""
        desk = self._desks[card.desk_id]
        desk.table.put(card)
        if not desk.loaded:
            desk.meanwhile.add(card.session_id)

    def hear(self, desk_id: str) -> None:
        """From now on the desk is heard, until nobody here is of it."""
        if desk_id not in self._desks:
            self._desks[desk_id] = _Desk()
            self._begin_load(desk_id)

    async def wait_complete(self, desk_id: str, patience: float = PATIENCE) -> None:
        """Hears the desk; returns when its table is complete, or after so many seconds all the same."""
        self.hear(desk_id)
        if load := self._desks[desk_id].load:
            await asyncio.wait([load], timeout=patience)

    def reload(self) -> None:
        """Something may have been missed: asks anew for every desk that is heard."""
        for desk_id in self._desks:
            self._begin_load(desk_id)

    def drop_unheard(self, desks: set[str]) -> None:
        """Keeps only the tables of `desks`."""
        for desk_id in self._desks.keys() - desks:
            desk = self._desks.pop(desk_id)
            if desk.load:
                desk.load.cancel()

    def _begin_load(self, desk_id: str) -> None:
        desk = self._desks[desk_id]
        if desk.load:
            desk.load.cancel()
        desk.loaded = False
        desk.meanwhile.clear()
        desk.load = asyncio.get_running_loop().create_task(self._load(desk_id, desk), name=f"cards_of_{desk_id}")

    async def _load(self, desk_id: str, desk: _Desk) -> None:
        while True:
            try:
                cards = await self._all_live(desk_id)
            except TypedError as error:
                log.warning("cards_not_loaded", desk=desk_id, code=error.code)
                await asyncio.sleep(RETRY_AFTER)
                continue
            desk.table.keep_only([facts_of(card) for card in cards], desk.meanwhile)
            desk.meanwhile.clear()
            desk.loaded, desk.load = True, None
            return

    async def _all_live(self, desk_id: str) -> list[chat.SessionCard]:
        gateway = Caller(kind="service", id="gateway", name="gateway", desk_id=desk_id, scopes=frozenset({"internal"}))
        cards: list[chat.SessionCard] = []
        token = ""
        while True:
            request = chat.ListSessionsRequest(live=True, page_size=PAGE, page_token=token)
            answer: chat.ListSessionsResponse = await self._chat.call("ListSessions", request, gateway)
            cards += (card for card in answer.cards if card.desk_id == desk_id)
            token = answer.next_page_token
            if not token:
                return cards
