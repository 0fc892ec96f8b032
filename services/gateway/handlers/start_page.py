"""What a page needs at its start, from three services concurrently. If a service is down, the answer names it and has the rest."""

import asyncio
from collections.abc import Awaitable
from functools import partial

from parley.chat.v1 import chat_pb2 as chat
from parley.gateway.v1.gateway_pb2 import Start
from parley.notify.v1 import notify_pb2 as notify
from parley.presence.v1 import presence_pb2 as presence
from servicekit.clock import Clock
from servicekit.errors import Kind, TypedError
from servicekit.grpc_client import pages
from servicekit.identity import Caller
from servicekit.moments import to_proto
from servicekit.visibility import for_customers
from services.gateway.domain.access import is_engineer
from services.gateway.domain.cards import cards_digest
from services.gateway.handlers.desk_cards import DeskCards
from services.gateway.ports import Service, SignedIn

PAGE = 500


class StartPage:
    """The person's cards, and an engineer's alerts and own presence. A customer has no state to choose, so the Portal shows none."""

    def __init__(
        self, chat_service: Service, notify_service: Service, presence_service: Service, desk_cards: DeskCards, clock: Clock
    ) -> None:
        self._chat, self._notify, self._presence = chat_service, notify_service, presence_service
        self._desk_cards, self._clock = desk_cards, clock

    async def of(self, who: SignedIn) -> Start:
        start = Start(me=who.sign_in)
        by = who.caller
        parts: dict[str, Awaitable[None]] = {"chat": self._cards(by, start)}
        if is_engineer(by):
            parts |= {"presence": self._own_presence(by, start), "notify": self._alerts(by, start)}
        for name, answer in zip(parts, await asyncio.gather(*parts.values(), return_exceptions=True), strict=True):
            if isinstance(answer, TypedError) and answer.kind in (Kind.UNAVAILABLE, Kind.DEADLINE_EXCEEDED):
                start.missing.append(name)
            elif isinstance(answer, BaseException):
                raise answer
        start.server_time.CopyFrom(to_proto(self._clock.now()))
        return start if is_engineer(by) else for_customers(start)

    async def _cards(self, by: Caller, start: Start) -> None:
        cards: list[chat.SessionCard] = []
        request = chat.ListSessionsRequest(live=True, page_size=PAGE)
        async for page in pages(partial(self._chat.call, "ListSessions", by=by), request):
            cards += page.cards
            start.reads.extend(page.reads)
        self._desk_cards.answered(by.desk_id, cards)
        start.cards.extend(cards)
        start.cards_digest = cards_digest((card.session_id, card.revision) for card in cards)

    async def _own_presence(self, by: Caller, start: Start) -> None:
        request = presence.GetPresenceRequest(person_ids=[by.id])
        answer: presence.GetPresenceResponse = await self._presence.call("GetPresence", request, by)
        for person in answer.presences:
            start.presence.CopyFrom(person)

    async def _alerts(self, by: Caller, start: Start) -> None:
        answer: notify.ListAlertsResponse = await self._notify.call("ListAlerts", notify.ListAlertsRequest(), by)
        start.alerts.extend(answer.alerts)
