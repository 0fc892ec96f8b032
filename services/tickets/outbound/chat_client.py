"""The service chat, asked with our own token for the log of a session that ended."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from grpc.aio import Channel

from parley.chat.v1 import chat_pb2 as pb
from parley.chat.v1.chat_pb2_grpc import ChatServiceStub
from servicekit.errors import Unavailable
from servicekit.grpc_client import stream
from servicekit.moments import from_proto
from services.tickets.domain.chat_log import AttachWish, EndedChat, NewTicketWish
from services.tickets.domain.people import Ref

# A whole log, however long. Without a bound a chat that hangs would hold up what stands behind it.
LOG_SECONDS = 60.0


class GrpcChatClient:
    """The port Chats, and a part of the app: its line is closed at the end. With chat down the line waits, tickets goes on (9.5)."""

    ready = True

    def __init__(self, channel: Channel) -> None:
        self._channel, self._chat = channel, ChatServiceStub(channel)

    async def start(self) -> None:
        """The line opens with its first call."""

    async def stop(self) -> None:
        await self._channel.close()

    async def ended(self, desk_id: str, session_id: str) -> EndedChat:
        """Raises RemoteError, or Unavailable while chat does not answer."""
        async with aclosing(self._log(pb.GetChatLogRequest(session_id=session_id, desk_id=desk_id))) as answers:
            async for first in answers:
                return ended_chat_from(first)
        raise Unavailable("chat ended its answer before it began.")

    async def log(self, desk_id: str, session_id: str, ticket_number: int) -> AsyncGenerator[str]:
        """Raises what `ended` does."""
        request = pb.GetChatLogRequest(session_id=session_id, desk_id=desk_id, ticket_number=ticket_number)
        async with aclosing(self._log(request)) as answers:
            async for answer in answers:
                if answer.text:
                    yield answer.text

    def _log(self, request: pb.GetChatLogRequest) -> AsyncGenerator[pb.GetChatLogResponse]:
        return stream(self._chat.GetChatLog, request, timeout=LOG_SECONDS)


def ended_chat_from(answer: pb.GetChatLogResponse) -> EndedChat:
    card = answer.card
    return EndedChat(
        session_id=card.session_id,
        desk_id=card.desk_id,
        title=card.title,
        customer=Ref(card.customer.id, card.customer.name),
        company=Ref(card.company_id, card.company_name),
        board_id=card.board_id,
        closed_by=Ref(card.close_record.by.id, card.close_record.by.name),
        ended_at=from_proto(card.closed_at) if card.HasField("closed_at") else None,
        file_name=answer.file_name,
        wish=_wish(answer),
    )


def _wish(answer: pb.GetChatLogResponse) -> NewTicketWish | AttachWish | None:
    match answer.wish.WhichOneof("wish"):
        case "create":
            wish = answer.wish.create
            return NewTicketWish(wish.board_id, wish.summary, wish.priority)
        case "attach":
            return AttachWish(answer.wish.attach.ticket_id)
        case _:
            return None
