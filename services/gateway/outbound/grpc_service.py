"""Calls of one gRPC service as a person or as the gateway itself."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from typing import Any

import grpc
from google.protobuf.message import Message

from servicekit.grpc_client import call, stream
from servicekit.identity import Caller
from services.gateway.domain.paths import ranked
from services.gateway.outbound.person_tokens import PersonTokens

Stub = Callable[[grpc.aio.Channel], Any]
NOT_THERE = (grpc.ChannelConnectivity.TRANSIENT_FAILURE, grpc.ChannelConnectivity.SHUTDOWN)


class GrpcService:
    """All replicas of a service behind one channel."""

    def __init__(self, stub: Stub, channel: grpc.aio.Channel, tokens: PersonTokens) -> None:
        self._stub, self._tokens = stub(channel), tokens

    async def call(self, method: str, request: Message, by: Caller | None = None) -> Any:
        """See ports.Service."""
        return await call(getattr(self._stub_for(request), method), request, token=self._tokens.of(by) if by else None)

    async def stream(self, method: str, request: Message, by: Caller) -> AsyncIterator[Any]:
        """See ports.Service."""
        async with aclosing(stream(getattr(self._stub_for(request), method), request, token=self._tokens.of(by))) as answers:
            async for answer in answers:
                yield answer

    def _stub_for(self, request: Message) -> Any:
        del request  # any replica will do
        return self._stub


class GrpcServiceBySession(GrpcService):
    """What concerns a session goes to the replica that all gateways name for it, so that races in chat are rare (design 2)."""

    def __init__(self, stub: Stub, channel: grpc.aio.Channel, tokens: PersonTokens, replicas: Mapping[str, grpc.aio.Channel]) -> None:
        super().__init__(stub, channel, tokens)
        self._replicas = replicas
        self._stubs = {address: stub(line) for address, line in replicas.items()}

    def _stub_for(self, request: Message) -> Any:
        session_id = getattr(request, "session_id", "")
        if not session_id:
            return self._stub
        order = ranked(session_id, tuple(self._stubs))
        return self._stubs[next((address for address in order if self._is_up(address)), order[0])]

    def _is_up(self, address: str) -> bool:
        return self._replicas[address].get_state(try_to_connect=True) not in NOT_THERE
