"""An echo service on bytes with a method of each kind (unary and streams), for tests of calls."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc

from servicekit import tracing
from servicekit.call_deadline import seconds_left
from servicekit.errors import Kind, TypedError
from servicekit.grpc_server import GrpcServer, caller_of
from servicekit.identity import Caller

NAME = "echo.v1.Echo"
# Starts a server with an Echo and stops it at the end of the test.
Servers = Callable[..., GrpcServer]


def unary(line: Any) -> Any:
    return line.unary_unary(f"/{NAME}/Unary")


class JoinedFirst(Exception):
    """An error class as a domain defines it."""

    kind, code, field = "failed_precondition", "joined_first", "session_id"

    def __init__(self) -> None:
        super().__init__("Ava joined first.")
        self.details = {"person_id": "ava"}


class Echo:
    def __init__(self) -> None:
        self.parents: list[str] = []
        self.caller: Caller | None = None
        self.cancelled = asyncio.Event()
        self.released = asyncio.Event()
        self.held = asyncio.Event()

    async def _answer(self, request: bytes, context: Any) -> bytes:
        self.parents.append(tracing.current_traceparent())
        if request == b"who":
            self.caller = caller_of(context)
            return self.caller.id.encode()
        if request == b"large":
            return b"x" * (8 * 1024 * 1024 + 1)
        if request == b"left":
            return str(seconds_left()).encode()
        if request == b"refuse":
            raise TypedError.of(Kind.FAILED_PRECONDITION, "failed_precondition", "Not now.", field="step", details={"step": "join"})
        if request == b"domain":
            raise JoinedFirst
        if request == b"bug":
            raise RuntimeError("what a person wrote")
        if request == b"hold":
            self.held.set()
            try:
                await self.released.wait()
            except asyncio.CancelledError:
                self.cancelled.set()
                raise
        return request.upper()

    async def unary(self, request: bytes, context: Any) -> bytes:
        return await self._answer(request, context)

    async def out(self, request: bytes, context: Any) -> AsyncIterator[bytes]:
        yield b"first"
        yield await self._answer(request, context)

    async def into(self, requests: AsyncIterator[bytes], context: Any) -> bytes:
        return b",".join([await self._answer(request, context) async for request in requests])

    async def both(self, requests: AsyncIterator[bytes], context: Any) -> None:
        """Reads and writes with the context, as the batched stream does."""
        while (request := await context.read()) is not grpc.aio.EOF:
            await context.write(await self._answer(request, context))

    def add(self, server: grpc.aio.Server) -> None:
        methods: Any = {
            "Unary": grpc.unary_unary_rpc_method_handler(self.unary),
            "Out": grpc.unary_stream_rpc_method_handler(self.out),
            "Into": grpc.stream_unary_rpc_method_handler(self.into),
            "Both": grpc.stream_stream_rpc_method_handler(self.both),
        }
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(NAME, methods),))
