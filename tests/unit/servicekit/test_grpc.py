"""Real calls on loopback: callers, refusals, errors, deadlines and stops."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import grpc
import pytest

from servicekit.call_deadline import set_call_deadline
from servicekit.errors import Kind, RemoteError, TypedError, Unauthenticated, Unavailable
from servicekit.grpc_client import call, channel, on_behalf, stream
from servicekit.grpc_errors import from_rpc_error
from servicekit.grpc_server import GrpcServer
from servicekit.identity import Caller, TokenSigner
from servicekit.metrics import Metrics
from stack.keys import key_of
from stack.ports import free_port
from tests.fakes.clock import TurnedClock
from tests.fakes.waiting import until
from tests.unit.servicekit.echo import NAME, Echo, Servers, unary


async def test_a_service_calls_as_itself_and_on_behalf_of_a_person(line: Any, gateway: TokenSigner) -> None:
    mia = gateway.token(Caller("customer", "mia", "Mia", "harbour", company_id="acme"))
    assert await call(unary(line), b"who") == b"chat"
    assert await call(unary(line), b"who", token=mia) == b"mia"


@pytest.mark.parametrize("authorization", ["", "Bearer nonsense", "Basic bWlhOm1pYQ=="])
async def test_a_call_without_a_good_token_is_refused_and_reaches_no_handler(line: Any, echo: Echo, authorization: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await unary(line)(b"who", metadata=(("authorization", authorization),))
    assert raised.value.code() is grpc.StatusCode.UNAUTHENTICATED
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        async for _ in line.unary_stream(f"/{NAME}/Out")(b"who", metadata=(("authorization", authorization),)):
            raise AssertionError("a stream needs a token as well")
    assert raised.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert echo.parents == []


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (b"refuse", ("failed_precondition", "step", "Not now.", {"step": "join"})),
        (b"domain", ("joined_first", "session_id", "Ava joined first.", {"person_id": "ava"})),
    ],
)
async def test_a_typed_error_arrives_unchanged_from_a_call_of_any_kind(line: Any, request_: bytes, expected: Any) -> None:
    async def requests() -> AsyncIterator[bytes]:
        yield request_

    async def all_of(stream: Any) -> list[bytes]:
        return [answer async for answer in stream]

    calls = [
        call(unary(line), request_),
        as_remote(all_of(line.unary_stream(f"/{NAME}/Out")(request_))),
        as_remote(line.stream_unary(f"/{NAME}/Into")(requests())),
        as_remote(all_of(line.stream_stream(f"/{NAME}/Both")(requests()))),
    ]
    for each in calls:
        with pytest.raises(RemoteError) as raised:
            await each
        error = raised.value
        assert error.kind is Kind.FAILED_PRECONDITION
        assert (error.code, error.field, error.message, error.details) == expected


async def test_a_message_that_is_too_large_is_not_retried(line: Any) -> None:
    too_long = b"y" * (8 * 1024 * 1024 + 1)
    for calling in (call(unary(line), b"large"), call(unary(line), too_long), all_of(line, b"large")):
        with pytest.raises(RemoteError) as raised:
            await calling
        assert (raised.value.kind, raised.value.code, raised.value.transient) == (Kind.OUT_OF_RANGE, "too_large", False)


async def all_of(line: Any, request: bytes, timeout: float | None = None) -> list[bytes]:
    return [answer async for answer in stream(line.unary_stream(f"/{NAME}/Out"), request, timeout=timeout)]


async def test_closing_a_stream_early_cancels_the_call(line: Any, echo: Echo) -> None:
    async with aclosing(stream(line.unary_stream(f"/{NAME}/Out"), b"hold")) as answers:
        assert await anext(answers) == b"first"
    await asyncio.wait_for(echo.cancelled.wait(), 10)


async def test_a_stream_that_takes_too_long_is_unavailable(line: Any) -> None:
    with pytest.raises(Unavailable):
        await all_of(line, b"hold", timeout=0.2)


async def as_remote(calling: Any) -> Any:
    try:
        return await calling
    except grpc.aio.AioRpcError as error:
        raise from_rpc_error(error) from error


async def test_an_unexpected_exception_returns_internal_without_its_text(line: Any) -> None:
    with pytest.raises(RemoteError) as raised:
        await call(unary(line), b"bug")
    assert (raised.value.kind, raised.value.code) == (Kind.INTERNAL, "internal")
    assert "person" not in str(raised.value)
    assert await call(unary(line), b"next") == b"NEXT"


async def test_a_deadline_ends_the_call_on_both_sides(line: Any, echo: Echo) -> None:
    began = time.monotonic()
    with pytest.raises(Unavailable):
        await call(unary(line), b"hold", timeout=0.2)
    assert time.monotonic() - began < 2
    await asyncio.wait_for(echo.cancelled.wait(), 10)


async def test_a_nested_call_inherits_the_deadline_of_the_first_caller(line: Any) -> None:  # spec 11.1
    assert 10 < float(await call(unary(line), b"left", timeout=20)) < 21

    set_call_deadline(9)
    assert 0 < float(await call(unary(line), b"left", timeout=20)) < 10
    streamed = [answer async for answer in line.unary_stream(f"/{NAME}/Out")(b"left")]
    assert 0 < float(streamed[1]) < 10

    set_call_deadline(0)
    with pytest.raises(Unavailable):
        await call(unary(line), b"left")


async def test_a_call_without_a_server_is_unavailable_at_once(keys: Path, clock: TurnedClock) -> None:
    async with channel(f"127.0.0.1:{free_port()}", TokenSigner(key_of(keys, "chat"), clock), Metrics("client")) as line:
        with pytest.raises(Unavailable):
            await call(unary(line), b"who")
        await line.close()
        with pytest.raises(Unavailable):
            await call(unary(line), b"who")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_replicas_take_turns_and_a_stopped_one_is_skipped_until_it_is_back(
    server_of: Servers, keys: Path, clock: TurnedClock, host: str
) -> None:
    echoes = [Echo(), Echo()]
    servers = [server_of(echo) for echo in echoes]
    for server in servers:
        await server.start()
    addresses = [server.address.replace("127.0.0.1", host) for server in servers]
    async with channel(",".join(addresses), TokenSigner(key_of(keys, "chat"), clock), Metrics("client")) as line:

        async def all_answer() -> int:
            """Returns how many replicas responded to six calls; 0 when a call failed."""
            before = [len(echo.parents) for echo in echoes]
            try:
                for _ in range(6):
                    await call(unary(line), b"x")
            except Unavailable:
                return 0
            return sum(len(echo.parents) > count for echo, count in zip(echoes, before, strict=True))

        async def answered_by(count: int) -> bool:
            return await all_answer() == count

        await until(lambda: answered_by(2))
        await servers[1].stop()
        await until(lambda: answered_by(1))
        await server_of(echoes[1], servers[1].address).start()
        await until(lambda: answered_by(2))


async def test_a_port_in_use_is_reported_at_the_start(server: GrpcServer, server_of: Servers, echo: Echo) -> None:
    with pytest.raises(OSError, match=server.address):
        await server_of(echo, server.address).start()


async def test_a_stop_lets_running_calls_end_and_refuses_new_ones(server: GrpcServer, line: Any, echo: Echo) -> None:
    running = asyncio.create_task(call(unary(line), b"hold"))
    await asyncio.wait_for(echo.held.wait(), 10)

    stopping = asyncio.create_task(server.stop())
    await until(lambda: not server.ready)
    echo.released.set()

    assert await running == b"HOLD"
    await asyncio.wait_for(stopping, 10)
    with pytest.raises(Unavailable):
        await call(unary(line), b"x", timeout=1)


async def test_calls_are_counted_by_method_and_status(line: Any, metrics: Metrics) -> None:
    await call(unary(line), b"x")
    with pytest.raises(TypedError):
        await call(unary(line), b"refuse")

    def count(status: str) -> float | None:
        labels = {"method": f"/{NAME}/Unary", "status": status}
        return metrics.registry.get_sample_value("parley_test_grpc_server_seconds_count", labels)

    assert (count("ok"), count("failed_precondition")) == (1, 1)


def test_a_persons_token_makes_the_metadata_of_a_call() -> None:
    assert list(on_behalf("abc")) == [("authorization", "Bearer abc")]
    assert Unauthenticated("x").kind is Kind.UNAUTHENTICATED
