"""The client of the services that own what notify copies: chat, presence and tickets."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from functools import partial

from grpc.aio import Channel

from parley.chat.v1 import chat_pb2
from parley.chat.v1.chat_pb2_grpc import ChatServiceStub
from parley.presence.v1 import presence_pb2
from parley.presence.v1.presence_pb2_grpc import PresenceServiceStub
from parley.tickets.v1 import directory_pb2
from parley.tickets.v1.directory_pb2_grpc import DirectoryServiceStub
from servicekit.clock import Clock
from servicekit.errors import Kind, RemoteError
from servicekit.grpc_client import call, pages
from services.notify.contract import card_from, engineer_from, presence_from
from services.notify.delivery_contract import page_from
from services.notify.domain.card import Card
from services.notify.domain.decision import Engineer, PresenceFact
from services.notify.domain.page import Page

SESSIONS_A_PAGE = 500
ENTRIES_A_PAGE = 1000
# No entry has a higher revision, so the answer holds the card alone.
NO_ENTRIES = 2**32 - 1
ACTIVE = (chat_pb2.CHAT_STATUS_WAITING, chat_pb2.CHAT_STATUS_HANDLED)


class OwnerClients:
    """The port Owners."""

    def __init__(self, chat: Channel, presence: Channel, tickets: Channel, clock: Clock) -> None:
        self._chat, self._presence, self._directory = ChatServiceStub(chat), PresenceServiceStub(presence), DirectoryServiceStub(tickets)
        self._clock = clock

    async def engineers(self) -> AsyncIterator[list[Engineer]]:
        request = directory_pb2.ListDirectoryRequest(page_size=ENTRIES_A_PAGE, only_engineers=True)
        async for page in pages(partial(call, self._directory.ListDirectory), request):
            # A replica of an earlier version returns all entries.
            yield [engineer for entry in page.entries if (engineer := engineer_from(entry, self._clock.now()))]

    async def presences(self, desk_id: str, person_ids: Sequence[str]) -> dict[str, PresenceFact]:
        request = presence_pb2.GetPresenceRequest(desk_id=desk_id, person_ids=person_ids)
        answer: presence_pb2.GetPresenceResponse = await call(self._presence.GetPresence, request)
        return {person.person_id: fact for person in answer.presences if (fact := presence_from(person))}

    async def pages(self, desk_id: str, person_ids: Sequence[str]) -> dict[str, list[Page]]:
        request = presence_pb2.ListPagesRequest(desk_id=desk_id, person_ids=person_ids)
        answer: presence_pb2.ListPagesResponse = await call(self._presence.ListPages, request)
        found = defaultdict[str, list[Page]](list)
        for page in answer.pages:
            found[page.person_id].append(page_from(page))
        return found

    async def active_sessions(self, desk_id: str) -> AsyncIterator[list[Card]]:
        request = chat_pb2.ListSessionsRequest(desk_id=desk_id, statuses=ACTIVE, page_size=SESSIONS_A_PAGE)
        async for page in pages(partial(call, self._chat.ListSessions), request):
            yield [card_from(card) for card in page.cards]

    async def session(self, desk_id: str, session_id: str) -> Card | None:
        request = chat_pb2.GetSessionRequest(session_id=session_id, desk_id=desk_id, after_revision=NO_ENTRIES)
        try:
            answer: chat_pb2.GetSessionResponse = await call(self._chat.GetSession, request)
        except RemoteError as error:
            if error.kind is Kind.NOT_FOUND:
                return None
            raise
        return card_from(answer.session.card)
