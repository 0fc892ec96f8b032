"""Client of the service chat: the log of a session that ended, and its files. Calls carry the token of tickets itself."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from grpc.aio import Channel

from parley.chat.v1 import chat_pb2 as pb
from parley.chat.v1.chat_pb2_grpc import ChatServiceStub
from servicekit.errors import RemoteError, Unavailable
from servicekit.grpc_client import stream
from services.tickets.contract import ended_chat_from
from services.tickets.domain.attaching import ChatFile, EndedChat, LogPiece
from services.tickets.ports import ChatFileGone

# For a whole log. The limit keeps a chat service that hangs from blocking the records that follow.
LOG_SECONDS = 60.0
# For one file.
FILE_SECONDS = 300.0


class GrpcChatClient:
    """The port ChatClient. While chat is down, calls fail, and tickets works otherwise (spec 9.5)."""

    def __init__(self, channel: Channel) -> None:
        self._chat = ChatServiceStub(channel)

    async def ended(self, desk_id: str, session_id: str) -> EndedChat:
        """Raises RemoteError, or Unavailable while chat does not answer."""
        async with aclosing(self._log(pb.GetChatLogRequest(session_id=session_id, desk_id=desk_id))) as answers:
            async for first in answers:
                return ended_chat_from(first.card, first.wish)
        raise Unavailable("chat returned an empty stream.")

    async def log(self, desk_id: str, session_id: str, ticket_number: int) -> AsyncGenerator[LogPiece]:
        """Raises what `ended` raises."""
        request = pb.GetChatLogRequest(session_id=session_id, desk_id=desk_id, ticket_number=ticket_number)
        async with aclosing(self._log(request)) as answers:
            async for answer in answers:
                sender_ids = answer.file_sender_ids or [""] * len(answer.files)
                with_senders = zip(answer.files, sender_ids, strict=True)
                files = tuple(ChatFile(file.id, file.name, file.content_type, file.size, sender_id) for file, sender_id in with_senders)
                yield LogPiece(answer.text, answer.file_name, files)

    async def file(self, desk_id: str, session_id: str, file_id: str) -> AsyncGenerator[bytes]:
        """Raises what `ended` raises, and ChatFileGone."""
        request = pb.DownloadFileRequest(session_id=session_id, file_id=file_id, desk_id=desk_id)
        try:
            async with aclosing(stream(self._chat.DownloadFile, request, timeout=FILE_SECONDS)) as answers:
                async for answer in answers:
                    yield answer.data
        except RemoteError as error:
            if error.code == "file_not_found":
                raise ChatFileGone from error
            raise

    def _log(self, request: pb.GetChatLogRequest) -> AsyncGenerator[pb.GetChatLogResponse]:
        return stream(self._chat.GetChatLog, request, timeout=LOG_SECONDS)
