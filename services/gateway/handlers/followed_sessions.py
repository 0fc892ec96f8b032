"""Sessions that pages have open: they receive the entries although their person does not participate. Chat decides who may see one."""

import asyncio
from collections.abc import Iterable

from parley.chat.v1.chat_pb2 import GetSessionRequest, GetSessionResponse
from servicekit.errors import Kind, TypedError
from servicekit.logs import log
from servicekit.loop import back_off
from services.gateway.domain.limits import Limit
from services.gateway.domain.socket_index import SocketIndex
from services.gateway.handlers.rate_limiter import RateLimiter
from services.gateway.handlers.session_updates import SessionUpdates
from services.gateway.handlers.sockets import Sockets
from services.gateway.ports import Service, Socket

# Above every revision: GetSession then returns the card without entries.
NO_ENTRIES = 2**32 - 1


class FollowedSessions:
    """A page's request replaces its previous one. One task for each socket whose request chat has not answered."""

    def __init__(
        self, index: SocketIndex[Socket], sockets: Sockets, updates: SessionUpdates, chat_service: Service, limiter: RateLimiter
    ) -> None:
        self._index, self._sockets, self._updates, self._chat, self._limiter = index, sockets, updates, chat_service, limiter
        self._checking: dict[Socket, asyncio.Task[None]] = {}

    def follow(self, socket: Socket, session_ids: Iterable[str]) -> None:
        """Keeps earlier grants; grants the others when chat confirms that the person may see them."""
        requested = frozenset(session_ids)
        self._index.sessions.request(socket, requested)
        self._index.sessions.grant(socket, requested & self._index.sessions.granted(socket))
        self.recheck(socket)

    def recheck(self, socket: Socket) -> None:
        """Requests from chat what is requested and not granted, as the socket's present caller."""
        self.cancel(socket)
        if missing := self._index.sessions.requested(socket) - self._index.sessions.granted(socket):
            task = asyncio.get_running_loop().create_task(self._check(socket, missing))
            self._checking[socket] = task
            task.add_done_callback(lambda done: self._checked(socket, done))

    def cancel(self, socket: Socket) -> None:
        """Ends the check of this socket. A repeat changes nothing."""
        if task := self._checking.pop(socket, None):
            task.cancel()

    async def _check(self, socket: Socket, missing: frozenset[str]) -> None:
        for session_id in missing:
            if await self._may_see(socket, session_id) and socket in self._index:
                self._index.sessions.grant(socket, self._index.sessions.granted(socket) | {session_id})
        # Entries during the call were not sent. The digest shows the page whether any are missing.
        if socket in self._index:
            self._sockets.send_digest(socket)

    async def _may_see(self, socket: Socket, session_id: str) -> bool:
        tries = 0
        while True:
            # Each call counts as a request of the person, because one frame may name 50 sessions (spec 10.4).
            if wait := self._limiter.wait(Limit.REQUESTS, by=socket.viewer):
                await asyncio.sleep(wait)
                continue
            try:
                request = GetSessionRequest(session_id=session_id, after_revision=NO_ENTRIES)
                answer: GetSessionResponse = await self._chat.call("GetSession", request, socket.viewer)
            except TypedError as error:
                if error.kind not in (Kind.UNAVAILABLE, Kind.DEADLINE_EXCEEDED):
                    return False
                await back_off(tries := tries + 1)
                continue
            self._updates.answered(answer.session.card)
            # Access may have ended since chat answered.
            return self._updates.may_see(socket, session_id)

    def _checked(self, socket: Socket, done: "asyncio.Task[None]") -> None:
        if self._checking.get(socket) is done:
            del self._checking[socket]
        if not done.cancelled() and (error := done.exception()):
            log.error("follow_failed", exc_info=error)
