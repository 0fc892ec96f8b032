"""Sessions, from the service chat."""

from grpc.aio import Channel

from parley.chat.v1 import chat_pb2 as pb
from parley.chat.v1.chat_pb2_grpc import ChatServiceStub
from servicekit.errors import Kind, RemoteError
from servicekit.grpc_client import call
from services.notify.contract import card_from
from services.notify.domain.card import Card

A_PAGE = 500
# No entry is above it: asks for a session's card alone.
NO_ENTRIES = 2**32 - 1
LIVING = (pb.CHAT_STATUS_WAITING, pb.CHAT_STATUS_HANDLED)


class ChatClient:
    def __init__(self, channel: Channel) -> None:
        self._stub = ChatServiceStub(channel)

    async def living(self) -> list[Card]:
        found: list[Card] = []
        token = ""
        while True:
            request = pb.ListSessionsRequest(statuses=LIVING, page_size=A_PAGE, page_token=token)
            page: pb.ListSessionsResponse = await call(self._stub.ListSessions, request)
            found += [card_from(card) for card in page.cards]
            token = page.next_page_token
            if not token:
                return found

    async def card(self, desk_id: str, session_id: str) -> Card | None:
        request = pb.GetSessionRequest(session_id=session_id, desk_id=desk_id, after_revision=NO_ENTRIES)
        try:
            answer: pb.GetSessionResponse = await call(self._stub.GetSession, request)
        except RemoteError as error:
            if error.kind is Kind.NOT_FOUND:
                return None
            raise
        return card_from(answer.session.card)
