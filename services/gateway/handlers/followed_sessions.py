"""The sessions that pages have open: whose entries they get although their person is not in them. Chat says who may see a session."""

import asyncio
from collections.abc import Iterable

from parley.chat.v1.chat_pb2 import GetSessionRequest, GetSessionResponse
from servicekit.errors import Kind, TypedError
from servicekit.logs import log
from services.gateway.domain.interest import Interest
from services.gateway.handlers.session_updates import SessionUpdates
from services.gateway.handlers.sockets import Sockets
from services.gateway.ports import Service, Socket

# No entry is above it: asks for a session's card alone.
NO_ENTRIES = 2**32 - 1
ASK_AGAIN_AFTER = 1.0


class FollowedSessions:
    """A page's wish replaces its former one. One task for each line that waits for an answer."""

    def __init__(self, interest: Interest[Socket], sockets: Sockets, updates: SessionUpdates, chat_service: Service) -> None:
        self._interest, self._sockets, self._updates, self._chat = interest, sockets, updates, chat_service
        self._asking: dict[Socket, asyncio.Task[None]] = {}

    def follow(self, socket: Socket, session_ids: Iterable[str]) -> None:
        """Kept at once are those that were granted before; the others wait until chat says that this person may see them."""
        requested = frozenset(session_ids)
        self._interest.request_sessions(socket, requested)
        self._interest.follow(socket, requested & self._interest.followed_by(socket))
        self.check_again(socket)

    def check_again(self, socket: Socket) -> None:
        """Asks for what is wished for and not granted, as the person that the line knows now."""
        self.cancel(socket)
        if missing := self._interest.requested_sessions(socket) - self._interest.followed_by(socket):
            task = asyncio.get_running_loop().create_task(self._ask(socket, missing))
            self._asking[socket] = task
            task.add_done_callback(lambda done: self._asked(socket, done))

    def cancel(self, socket: Socket) -> None:
        """Nothing needs to be asked for the line any more."""
        if task := self._asking.pop(socket, None):
            task.cancel()

    async def _ask(self, socket: Socket, missing: frozenset[str]) -> None:
        for session_id in missing:
            if await self._may_see(socket, session_id) and socket in self._interest:
                self._interest.follow(socket, self._interest.followed_by(socket) | {session_id})
        # What happened while we asked was not sent: the digest tells the page if it lacks something.
        if socket in self._interest:
            self._sockets.send_digest(socket)

    async def _may_see(self, socket: Socket, session_id: str) -> bool:
        while True:
            try:
                request = GetSessionRequest(session_id=session_id, after_revision=NO_ENTRIES)
                answer: GetSessionResponse = await self._chat.call("GetSession", request, socket.viewer)
            except TypedError as error:
                if error.kind not in (Kind.UNAVAILABLE, Kind.DEADLINE_EXCEEDED):
                    return False
                await asyncio.sleep(ASK_AGAIN_AFTER)
                continue
            self._updates.answered(answer.session.card)
            # It may have moved out of sight since chat answered.
            return self._updates.may_see(socket, session_id)

    def _asked(self, socket: Socket, done: "asyncio.Task[None]") -> None:
        if self._asking.get(socket) is done:
            del self._asking[socket]
        if not done.cancelled() and (error := done.exception()):
            log.error("follow_failed", exc_info=error)
