"""The live cards of the desks whose people have sockets here: what digests are made of and what tells that a card went away."""

import asyncio

from parley.chat.v1 import chat_pb2 as chat
from servicekit.identity import Caller
from services.gateway.domain.cards import CardFacts
from services.gateway.domain.live_cards import LiveCards
from services.gateway.ports import Service

PAGE = 500
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


class DeskCards:
    """One table for each desk that is heard here. Events reach it from the moment that a load begins."""

    def __init__(self, chat_service: Service) -> None:
        self._chat = chat_service
        self._tables: dict[str, LiveCards] = {}
        self._loading: dict[str, asyncio.Task[None]] = {}
        self._heard_meanwhile: dict[str, set[str]] = {}

    def heard(self, desk_id: str) -> bool:
        """Whether what happens on this desk concerns this replica."""
        return desk_id in self._tables

    def of(self, desk_id: str) -> LiveCards:
        """Raises KeyError for a desk that is not heard."""
        return self._tables[desk_id]

    def put(self, card: CardFacts) -> None:
        """One event's card; the desk is heard."""
        self._tables[card.desk_id].put(card)
        if (meanwhile := self._heard_meanwhile.get(card.desk_id)) is not None:
            meanwhile.add(card.session_id)

    async def ensure(self, desk_id: str) -> None:
        """Returns when the desk's cards are known. Raises Unavailable when chat can't be asked; then nothing is kept."""
        # A loop, for a table that nobody needed yet may have been dropped before its load was heard of here.
        while desk_id not in self._tables or desk_id in self._loading:
            await self._load(desk_id)

    async def reload(self) -> None:
        """Something may have been missed: asks anew for every desk that is heard. Raises Unavailable."""
        for desk_id in list(self._tables):
            # A load that is under way may have read the store before what was missed was in it.
            if desk_id in self._loading:
                await self._load(desk_id)
            await self._load(desk_id)

    def drop_unheard(self, desks: set[str]) -> None:
        """Keeps only the tables of `desks`."""
        for desk_id in self._tables.keys() - desks - self._loading.keys():
            del self._tables[desk_id]

    async def _load(self, desk_id: str) -> None:
        # Many sockets may come at once: one load serves them all, and goes on if one of them goes away.
        task = self._loading.get(desk_id)
        if task is None:
            task = self._loading[desk_id] = asyncio.create_task(self._load_once(desk_id))
        await asyncio.shield(task)

    async def _load_once(self, desk_id: str) -> None:
        new = desk_id not in self._tables
        table = self._tables.setdefault(desk_id, LiveCards())
        meanwhile = self._heard_meanwhile[desk_id] = set()
        try:
            table.keep_only([facts_of(card) for card in await self._all_live(desk_id)], meanwhile)
        except BaseException:
            if new:
                del self._tables[desk_id]
            raise
        finally:
            del self._heard_meanwhile[desk_id], self._loading[desk_id]

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
