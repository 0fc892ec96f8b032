"""The service chat, asked with our own token for the log of a session that ended."""

from datetime import UTC
from typing import cast

from grpc.aio import Channel

from parley.chat.v1 import chat_pb2 as pb
from parley.chat.v1.chat_pb2_grpc import ChatServiceStub
from servicekit.grpc_client import call
from services.tickets.domain.chat_log import AttachWish, ChatLog, NewTicketWish
from services.tickets.domain.people import Ref


class ChatClient:
    """The port Chats, and a part of the app: its line is closed at the end. With chat down the line waits, tickets goes on (9.5)."""

    ready = True

    def __init__(self, channel: Channel) -> None:
        self._channel, self._chat = channel, ChatServiceStub(channel)

    async def start(self) -> None:
        """The line opens with its first call."""

    async def stop(self) -> None:
        await self._channel.close()

    async def log(self, desk_id: str, session_id: str) -> ChatLog:
        """Raises RemoteError, or Unavailable while chat does not answer."""
        request = pb.GetChatLogRequest(session_id=session_id, desk_id=desk_id)
        return chat_log_from(cast(pb.GetChatLogResponse, await call(self._chat.GetChatLog, request)))


def chat_log_from(answer: pb.GetChatLogResponse) -> ChatLog:
    card = answer.card
    return ChatLog(
        session_id=card.session_id,
        desk_id=card.desk_id,
        title=card.title,
        customer=Ref(card.customer.id, card.customer.name),
        company=Ref(card.company_id, card.company_name),
        board_id=card.board_id,
        closed_by=Ref(card.close_record.by.id, card.close_record.by.name),
        ended_at=card.closed_at.ToDatetime(tzinfo=UTC) if card.HasField("closed_at") else None,
        file_name=answer.file_name,
        text=answer.text,
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
