"""Chooses the replica of chat that gets a session's commands and reads, and sends calls to it."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import grpc
from google.protobuf.message import Message

from servicekit.errors import Unavailable
from servicekit.identity import Caller
from services.gateway.outbound.grpc_service import GrpcService, PersonTokens, Stub


def ranked(session_id: str, replicas: Sequence[str]) -> list[str]:
    """The replicas, best first, by rendezvous hashing: when one is lost, only its own sessions move."""
    return sorted(replicas, key=lambda replica: hashlib.blake2b(f"{replica}\n{session_id}".encode(), digest_size=8).digest(), reverse=True)


class ReplicaRoutes:
    """Which replica of chat gets a session's commands.

    All gateways choose the same one, so that races in chat are rare. While a session has unanswered commands it keeps its replica, so
    that posts of a session are on one stream and stay in order.
    """

    def __init__(self, replicas: Sequence[str], is_up: Callable[[str], bool]) -> None:
        self._replicas = tuple(replicas)
        self._is_up = is_up
        self._held: dict[str, tuple[str, int]] = {}

    def use(self, replicas: Sequence[str]) -> None:
        """From now on chooses among these. Sessions with unanswered commands keep the replica that they have."""
        self._replicas = tuple(replicas)

    def is_held(self, replica: str) -> bool:
        """Whether a session with unanswered commands keeps this replica."""
        return any(held == replica for held, _ in self._held.values())

    def take(self, session_id: str) -> str:
        """The replica for one more command of this session. Call `release` once when it is answered. Raises what `of` raises."""
        replica, count = self.of(session_id), self._held.get(session_id, ("", 0))[1]
        self._held[session_id] = (replica, count + 1)
        return replica

    def of(self, session_id: str) -> str:
        """The replica for the session's next command, also for reads, which hold no route. Raises Unavailable while none is found."""
        return self._held[session_id][0] if session_id in self._held else self._choose(session_id)

    def release(self, session_id: str) -> None:
        """A command of this session was answered or given up."""
        replica, count = self._held[session_id]
        if count == 1:
            del self._held[session_id]
        else:
            self._held[session_id] = (replica, count - 1)

    def _choose(self, session_id: str) -> str:
        if not self._replicas:
            raise Unavailable("No replica of chat was found yet.")
        order = ranked(session_id, self._replicas)
        return next((replica for replica in order if self._is_up(replica)), order[0])


class GrpcServiceBySession(GrpcService):
    """Sends a session's calls to the replica that gets its posts.

    A call does not wait for posts that are unanswered. A page sends an end only when its own messages are answered
    (web/wire/actions.ts).
    """

    def __init__(
        self, stub: Stub, channel: grpc.aio.Channel, tokens: PersonTokens, stub_of: Callable[[str], Any], routes: ReplicaRoutes
    ) -> None:
        """`stub_of`: the stub of the replica at an address."""
        super().__init__(stub, channel, tokens)
        self._stub_of, self._routes = stub_of, routes

    async def call(self, method: str, request: Message, by: Caller | None = None) -> Any:
        """See ports.Service."""
        session_id = getattr(request, "session_id", "")
        if not session_id:
            return await super().call(method, request, by)
        if not hasattr(request, "command_id"):
            return await self._call(self._stub_of(self._routes.of(session_id)), method, request, by)
        replica = self._routes.take(session_id)
        try:
            return await self._call(self._stub_of(replica), method, request, by)
        finally:
            self._routes.release(session_id)
