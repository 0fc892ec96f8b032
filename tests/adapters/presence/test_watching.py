"""WatchPresence, as other teams use it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from parley.presence.v1 import presence_pb2 as pb
from servicekit.errors import as_typed
from servicekit.grpc_client import on_behalf
from servicekit.grpc_errors import from_rpc_error
from tests.adapters.presence.world import BUSY, OFFLINE, ONLINE, World, until


def watch(world: World, token: str, *person_ids: str, desk: str = "", timeout: float | None = None) -> Any:
    request = pb.WatchPresenceRequest(desk_id=desk, person_ids=person_ids)
    stub: Any = world.replicas[1]
    return stub.WatchPresence(request, metadata=on_behalf(token), timeout=timeout)


async def next_of(stream: AsyncIterator[pb.WatchPresenceResponse]) -> dict[str, int]:
    answer = await asyncio.wait_for(anext(stream), 10)
    return {presence.person_id: presence.presence for presence in answer.presences}


def streams(world: World) -> float:
    found = world.apps[1].metrics.registry.get_sample_value("parley_presence_watchers_streams")
    assert found is not None
    return found


async def refusal(stream: Any) -> tuple[str, str]:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await anext(aiter(stream))
    typed = as_typed(from_rpc_error(error.value))
    assert typed is not None
    return typed.kind, typed.field


async def test_another_team_gets_the_first_state_and_then_each_change(world: World) -> None:  # spec 1.12, 11.1
    await world.report(world.fact("c1", "ava"), world.fact("c3", "zoe"), full=True)
    watching = watch(world, world.account("wallboard"), "ava", "mia")
    stream = aiter(watching)

    assert await next_of(stream) == {"ava": ONLINE, "mia": OFFLINE}
    await world.choose("zoe", BUSY)
    await world.report(world.fact("c2", "mia"))
    assert await next_of(stream) == {"mia": ONLINE}
    await world.choose("ava", BUSY)
    assert await next_of(stream) == {"ava": BUSY}
    watching.cancel()


async def test_a_stream_ends_at_its_deadline_or_when_it_is_cancelled(world: World) -> None:  # spec 11.1
    await until(lambda: streams(world) == 1)
    token = world.account("wallboard")
    cancelled, timed = watch(world, token, "ava"), watch(world, token, "ava", timeout=3)
    for stream in (cancelled, timed):
        assert await next_of(aiter(stream)) == {"ava": OFFLINE}
    assert streams(world) == 3

    cancelled.cancel()
    await until(lambda: streams(world) <= 2)
    with pytest.raises(grpc.aio.AioRpcError) as ended:
        await anext(aiter(timed))
    assert ended.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    await until(lambda: streams(world) == 1)


async def test_a_caller_without_permission_gets_the_reason(world: World) -> None:  # spec 10.2, 10.3
    reader = world.account("wallboard")

    assert await refusal(watch(world, world.account("billing"), "ava")) == ("permission_denied", "")
    assert await refusal(watch(world, world.token("customer", "mia"), "ava")) == ("permission_denied", "")
    assert await refusal(watch(world, reader, "ava", desk="elsewhere")) == ("permission_denied", "")
    assert await refusal(watch(world, reader)) == ("invalid_argument", "person_ids")
    assert await refusal(watch(world, reader, *(f"person-{number}" for number in range(1001)))) == ("invalid_argument", "person_ids")


async def test_people_of_another_desk_are_always_offline(world: World) -> None:  # spec 10.2
    await world.report(world.fact("c1", "ava"), full=True)
    watching = watch(world, world.account("wallboard", desk="elsewhere"), "ava")
    stream = aiter(watching)

    assert await next_of(stream) == {"ava": OFFLINE}
    later = asyncio.ensure_future(anext(stream))
    await world.choose("ava", BUSY)
    await world.watcher_sees(BUSY)
    assert not later.done()
    later.cancel()
    watching.cancel()
