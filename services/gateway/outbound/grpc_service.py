"""Calls of one gRPC service as a person or as the gateway itself."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from typing import Any

import grpc
from google.protobuf.message import Message

from servicekit.grpc_client import call, stream
from servicekit.identity import Caller
from services.gateway.domain.replica_routes import ReplicaRoutes
from services.gateway.outbound.person_tokens import PersonTokens

Stub = Callable[[grpc.aio.Channel], Any]


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


class GrpcServiceBySession(GrpcService):
    """What concerns a session goes to the replica that all gateways name for it, so that races in chat are rare (design 2). A command
    takes the path of the posts that are still unanswered, so that an end can't overtake the last words before it."""

    def __init__(
        self, stub: Stub, channel: grpc.aio.Channel, tokens: PersonTokens, replicas: Mapping[str, grpc.aio.Channel], paths: ReplicaRoutes
    ) -> None:
        super().__init__(stub, channel, tokens)
        self._stubs = {address: stub(replica) for address, replica in replicas.items()}
        self._paths = paths

    async def call(self, method: str, request: Message, by: Caller | None = None) -> Any:
        """See ports.Service."""
        session_id = getattr(request, "session_id", "")
        if not session_id:
            return await super().call(method, request, by)
        if not hasattr(request, "command_id"):
            return await self._call(self._stubs[self._paths.of(session_id)], method, request, by)
        replica = self._paths.take(session_id)
        try:
            return await self._call(self._stubs[replica], method, request, by)
        finally:
            self._paths.release(session_id)
