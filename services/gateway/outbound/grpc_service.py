"""Calls of the services behind the gateway: as whom (a person or the gateway itself), and to which replica of chat."""

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Any

import grpc
from google.protobuf.message import Message

from servicekit.clock import Clock
from servicekit.errors import Unavailable
from servicekit.grpc_client import call, stream
from servicekit.identity import Caller, TokenSigner
from services.gateway.domain.recent import Recent

TOKEN_SECONDS = 60
# Leaves 20 s for slow calls and for differences between clocks.
RENEWED_AFTER = timedelta(seconds=40)
MAX_TOKENS = 20_000
Stub = Callable[[grpc.aio.Channel], Any]


class PersonTokens:
    """Short-lived tokens by caller, reused until they are RENEWED_AFTER old. Equal callers, which have equal access, share a token."""

    def __init__(self, signer: TokenSigner, clock: Clock) -> None:
        self._signer, self._clock = signer, clock
        self._minted: Recent[Caller, tuple[datetime, str]] = Recent(MAX_TOKENS)

    def of(self, caller: Caller) -> str:
        """A token that is valid for at least 20 s more."""
        now = self._clock.now()
        minted = self._minted.get(caller)
        if minted is None or now - minted[0] >= RENEWED_AFTER:
            minted = self._minted[caller] = (now, self._signer.token(caller, TOKEN_SECONDS))
        return minted[1]


class GrpcService:
    """All replicas of a service behind one channel."""

    def __init__(self, stub: Stub, channel: grpc.aio.Channel, tokens: PersonTokens) -> None:
        self._stub, self._tokens = stub(channel), tokens

    async def call(self, method: str, request: Message, by: Caller | None = None) -> Any:
        """See ports.Service."""
        return await self._call(self._stub, method, request, by)

    async def stream(self, method: str, request: Message, by: Caller) -> AsyncIterator[Any]:
        """See ports.Service."""
        async with aclosing(stream(getattr(self._stub, method), request, token=self._tokens.of(by))) as answers:
            async for answer in answers:
                yield answer

    async def _call(self, stub: Any, method: str, request: Message, by: Caller | None) -> Any:
        return await call(getattr(stub, method), request, token=self._tokens.of(by) if by else None)


def ranked(session_id: str, replicas: Sequence[str]) -> list[str]:
    """The replicas, best first, by rendezvous hashing: when one is lost, only its own sessions move."""
    return sorted(replicas, key=lambda replica: hashlib.blake2b(f"{replica}\n{session_id}".encode(), digest_size=8).digest(), reverse=True)


class ReplicaRoutes:
    """Which replica of chat gets a session's commands.

    All gateways choose the same one, so that races in chat are rare. While a session has unanswered commands it keeps its replica, so
    that they can't overtake each other.
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
        """The replica for the session's next command, also for reads, which hold no route. Raises Unavailable while none is known."""
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
            raise Unavailable("No replica of chat is known yet.")
        order = ranked(session_id, self._replicas)
        return next((replica for replica in order if self._is_up(replica)), order[0])


class GrpcServiceBySession(GrpcService):
    """Sends a session's calls to its replica (ReplicaRoutes).

    A command takes the route of the session's unanswered posts, so that an end can't overtake the messages before it.
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
