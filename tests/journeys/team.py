"""A client program of another team: it calls any RPC of the running stack, as a service account or as a person of one desk."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Literal, Self

import grpc
from google.protobuf.message import Message

from parley.tickets.v1 import directory_pb2 as directory
from servicekit.clock import SystemClock
from servicekit.errors import Kind, TypedError
from servicekit.grpc_access import PERSON
from servicekit.grpc_client import channel, on_behalf, stream
from servicekit.grpc_errors import from_rpc_error
from servicekit.identity import Caller, TokenSigner
from servicekit.metrics import Metrics
from stack.keys import account_of, key_of
from stack.services import Stack
from tests.contract.rpcs import RPCS, Rpc
from tests.journeys.desk import CUSTOMERS, ENGINEERS, NAMES, TestDesk

ROLES = {directory.ROLE_ADMIN: "admin", directory.ROLE_SUPERVISOR: "supervisor", directory.ROLE_ENGINEER: "engineer"}
INSIDE = "gateway"
# For each service an RPC that needs a valid token and no scope of its own, to check whether a token is accepted.
PROBES = {
    "chat": "ChatService.ListHolidays",
    "tickets": "TicketsService.GetTicket",
    "notify": "NotifyService.ListAlerts",
    "presence": "PresenceService.GetPresence",
}


@dataclass(frozen=True)
class Outcome:
    """The result of a call: the response, or the error (`kind` is "" without an error)."""

    answer: Message | None = None
    kind: str = ""
    code: str = ""
    field: str = ""
    details: tuple[tuple[str, str], ...] = ()
    message: str = ""

    @property
    def refusal(self) -> tuple[str, str, str]:
        return self.kind, self.code, self.field


class Team:
    """`async with Team(stack)`. Calls alternate between the replicas."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._gateway = TokenSigner(key_of(stack.keys, INSIDE), SystemClock())
        self._channels: dict[str, Any] = {}
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for owner in {rpc.owner for rpc in RPCS.values()}:
            replicas = [replica.grpc for replica in self.stack.replicas.values() if replica.service == owner]
            self._channels[owner] = await self._open.enter_async_context(channel(replicas, self._gateway, Metrics("team")))
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._open.aclose()

    def person(self, desk: TestDesk, word: str) -> str:
        """The token that the gateway would issue."""
        kind: Literal["engineer", "customer"] = "engineer" if word in ENGINEERS else "customer"
        only = frozenset({desk.id_of("acme")}) if word == "bo" else None
        role = ROLES[ENGINEERS[word]] if word in ENGINEERS else ""
        company = desk.id_of(CUSTOMERS[word]) if word in CUSTOMERS else ""
        return self.token_of(Caller(kind, desk.id_of(word), NAMES[word], desk.id, role=role, company_id=company, companies=only))

    def token_of(self, caller: Caller) -> str:
        """The same for a person whose access this test sets."""
        return self._gateway.token(caller, seconds=600)

    def own(self) -> str:
        """The token of one of Parley's own services."""
        return self._gateway.service_token()

    async def account(self, name: str, grant: Sequence[str]) -> str:
        """Creates a service account and returns its token, once every replica accepts it."""
        token = TokenSigner(account_of(self.stack.keys, name, grant), SystemClock()).service_token()
        await self.until_accepted(token)
        return token

    async def until_accepted(self, token: str) -> None:
        """Returns when no replica refuses the token as unauthenticated."""
        for replica in self.stack.replicas.values():
            if replica.service in PROBES:
                async with channel(replica.grpc, self._gateway, Metrics("team")) as connection:
                    rpc = RPCS[PROBES[replica.service]]
                    await answered(partial(_called, connection, rpc, b"", on_behalf(token)), (Kind.UNAUTHENTICATED, Kind.UNAVAILABLE))

    async def call(self, rpc: Rpc, request: Message | bytes, token: str, *, person: str = "", timeout: float = 30) -> Outcome:
        """Calls the RPC; of a stream it returns the first response. A `request` of bytes is sent unchanged."""
        metadata = on_behalf(token)
        if person:
            metadata.add(PERSON, person)
        data = request if isinstance(request, bytes) else request.SerializeToString()
        return await _called(self._channels[rpc.owner], rpc, data, metadata, timeout)

    async def do(self, name: str, request: Message, token: str) -> Any:
        """The response of "<Service>.<Rpc>". Retries while the call is UNAVAILABLE because an event was not consumed yet."""
        outcome = await answered(partial(self.call, RPCS[name], request, token), (Kind.UNAVAILABLE,))
        assert outcome.kind == "", f"{name} returned {outcome}"
        return outcome.answer

    async def stream(self, name: str, request: Message, token: str) -> AsyncIterator[Any]:
        """The responses of "<Service>.<Rpc>", which streams them. Raises what the call raises."""
        rpc = RPCS[name]
        made = self._channels[rpc.owner].unary_stream(rpc.path, request_serializer=None, response_deserializer=rpc.answer_class.FromString)
        async for answer in stream(made, request.SerializeToString(), token=token, timeout=60):
            yield answer


async def answered(ask: Callable[[], Awaitable[Outcome]], not_yet: Sequence[str]) -> Outcome:
    """Retries until the outcome is none of these kinds of error."""
    async with asyncio.timeout(60):
        while True:
            outcome = await ask()
            if outcome.kind not in not_yet:
                return outcome
            await asyncio.sleep(0.05)


async def _called(connection: Any, rpc: Rpc, data: bytes, metadata: grpc.aio.Metadata, timeout: float = 30) -> Outcome:
    method = connection.unary_stream if rpc.descriptor.server_streaming else connection.unary_unary
    made = method(rpc.path, request_serializer=bytes, response_deserializer=rpc.answer_class.FromString)
    calling = partial(made, data, timeout=timeout, metadata=metadata)
    try:
        return Outcome(await (_first(calling()) if rpc.descriptor.server_streaming else calling()))
    except grpc.aio.AioRpcError as error:
        typed: TypedError = from_rpc_error(error)
        details = tuple(sorted(typed.details.items()))
        return Outcome(kind=typed.kind.value, code=typed.code, field=typed.field, details=details, message=typed.message)


async def _first(stream: Any) -> Any:
    try:
        return await stream.read()
    finally:
        stream.cancel()
