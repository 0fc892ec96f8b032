"""Clients of the services that own what notify copies: chat, presence and tickets."""

import asyncio
from collections.abc import Sequence

from grpc.aio import Channel

from parley.chat.v1 import chat_pb2
from parley.chat.v1.chat_pb2_grpc import ChatServiceStub
from parley.presence.v1 import presence_pb2
from parley.presence.v1.presence_pb2_grpc import PresenceServiceStub
from parley.tickets.v1 import directory_pb2
from parley.tickets.v1.directory_pb2_grpc import DirectoryServiceStub
from servicekit.clock import Clock
from servicekit.errors import Kind, RemoteError
from servicekit.grpc_client import call
from services.notify.contract import card_from, engineer_from, presence_from
from services.notify.domain.card import Card
from services.notify.domain.decision import Engineer, PresenceFact

SESSIONS_A_PAGE = 500
ENTRIES_A_PAGE = 1000
# No entry has a higher revision, so the answer holds the card alone.
NO_ENTRIES = 2**32 - 1
LIVING = (chat_pb2.CHAT_STATUS_WAITING, chat_pb2.CHAT_STATUS_HANDLED)


class ChatClient:
    """The port Sessions."""

    def __init__(self, channel: Channel) -> None:
        self._stub = ChatServiceStub(channel)

    async def living(self) -> list[Card]:
        found: list[Card] = []
        token = ""
        while True:
            request = chat_pb2.ListSessionsRequest(statuses=LIVING, page_size=SESSIONS_A_PAGE, page_token=token)
            page: chat_pb2.ListSessionsResponse = await call(self._stub.ListSessions, request)
            found += [card_from(card) for card in page.cards]
            token = page.next_page_token
            if not token:
                return found

    async def card(self, desk_id: str, session_id: str) -> Card | None:
        request = chat_pb2.GetSessionRequest(session_id=session_id, desk_id=desk_id, after_revision=NO_ENTRIES)
        try:
            answer: chat_pb2.GetSessionResponse = await call(self._stub.GetSession, request)
        except RemoteError as error:
            if error.kind is Kind.NOT_FOUND:
                return None
            raise
        return card_from(answer.session.card)


class PresenceClient:
    """The port Presences."""

    def __init__(self, channel: Channel) -> None:
        self._stub = PresenceServiceStub(channel)

    async def of(self, desk_id: str, person_ids: Sequence[str]) -> dict[str, PresenceFact]:
        request = presence_pb2.GetPresenceRequest(desk_id=desk_id, person_ids=person_ids)
        answer: presence_pb2.GetPresenceResponse = await call(self._stub.GetPresence, request)
        return {person.person_id: fact for person in answer.presences if (fact := presence_from(person))}


class DirectoryClient:
    """The port Directory."""

    def __init__(self, channel: Channel, clock: Clock) -> None:
        self._stub, self._clock = DirectoryServiceStub(channel), clock

    async def engineers(self) -> list[Engineer]:
        found: list[Engineer | None] = []
        token = ""
        while True:
            request = directory_pb2.ListDirectoryRequest(page_size=ENTRIES_A_PAGE, page_token=token)
            page: directory_pb2.ListDirectoryResponse = await call(self._stub.ListDirectory, request)
            found += [engineer_from(entry, self._clock.now()) for entry in page.entries]
            token = page.next_page_token
            if not token:
                return [engineer for engineer in found if engineer]


class Channels:
    """A part of the app that closes the channels. A channel connects with its first RPC; a service that is down keeps nobody unready."""

    ready = True

    def __init__(self, channels: Sequence[Channel]) -> None:
        self._channels = channels

    async def start(self) -> None:
        """Does nothing."""

    async def stop(self) -> None:
        await asyncio.gather(*(channel.close() for channel in self._channels))
