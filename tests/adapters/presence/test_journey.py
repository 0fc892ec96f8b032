"""Presence as a whole: two replicas in this process, real engines, a clock turned by hand."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from parley.presence.v1 import presence_pb2 as pb
from parley.presence.v1.presence_pb2_grpc import PresenceServiceStub
from servicekit.errors import RemoteError
from servicekit.grpc_client import call, channel
from servicekit.identity import Caller, TokenSigner
from servicekit.metrics import Metrics
from servicekit.settings import load
from services.presence.config import PresenceSettings
from services.presence.contract import moment
from services.presence.wiring import wire
from stack.keys import key_of
from stack.ports import free_port
from tests.fakes.clock import TurnedClock

AWAY, BUSY, OFFLINE, ONLINE = pb.PRESENCE_AWAY, pb.PRESENCE_BUSY, pb.PRESENCE_OFFLINE, pb.PRESENCE_ONLINE


@dataclass
class World:
    """A gateway's end of two presence replicas; `seen` is what a watcher of ava was told."""

    desk: str
    clock: TurnedClock
    signer: TokenSigner
    replicas: list[PresenceServiceStub]
    number: int = 0
    seen: list[int] = field(default_factory=list)

    async def report(self, *facts: pb.ConnectionFact, full: bool = False, incarnation: str = "a", replica: int = 0) -> bool:
        self.number += 1
        request = pb.ReportConnectionsRequest(replica="gateway-1", incarnation=incarnation, number=self.number, changed=facts, full=full)
        return bool((await call(self.replicas[replica].ReportConnections, request)).want_full)

    def fact(self, connection_id: str = "c1", person_id: str = "ava", closed: bool = False) -> pb.ConnectionFact:
        now = moment(self.clock.now())
        engineer = person_id != "mia"
        fact = pb.ConnectionFact(connection_id=connection_id, person_id=person_id, desk_id=self.desk, engineer=engineer, active_at=now)
        if closed:
            fact.closed = True
            fact.closed_at.CopyFrom(now)
        return fact

    def token(self, kind: Any, person_id: str) -> str:
        return self.signer.token(Caller(kind=kind, id=person_id, name=person_id, desk_id=self.desk))

    async def choose(self, person_id: str, presence: pb.Presence.ValueType, kind: str = "engineer") -> pb.PersonPresence:
        answer = await call(self.replicas[1].ChoosePresence, pb.ChoosePresenceRequest(presence=presence), token=self.token(kind, person_id))
        presence_now: pb.PersonPresence = answer.presence
        return presence_now

    async def of(self, person_id: str, replica: int = 1) -> int:
        request = pb.GetPresenceRequest(desk_id=self.desk, person_ids=[person_id])
        return int((await call(self.replicas[replica].GetPresence, request)).presences[0].presence)

    async def watch(self) -> None:
        """Through the second replica, while the first one hears the reports."""
        stream: Any = self.replicas[1].WatchPresence(pb.WatchPresenceRequest(desk_id=self.desk, person_ids=["ava"]))
        async for answer in stream:
            self.seen += [presence.presence for presence in answer.presences]

    async def comes_to_see(self, *presences: int) -> None:
        """The watcher was told these last. A sweep that was at work when the clock was turned sleeps on, so the clock ticks."""
        for _ in range(10):
            with suppress(TimeoutError):
                await until(lambda: tuple(self.seen[-len(presences) :]) == presences, 1)
                return
            await self.clock.advance(0.5)
        raise AssertionError(f"{self.seen} does not end in {presences}")

    async def lives(self, seconds: float, step: float = 5) -> None:
        """Time goes by while the gateway renews."""
        for _ in range(int(seconds / step)):
            await self.clock.advance(step)
            await self.report()


async def until(condition: Callable[[], bool | Awaitable[bool]], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.01)


@pytest.fixture
async def world(engine_settings: dict[str, str], mongo_prefix: str, tmp_path: Path, unique: str) -> AsyncIterator[World]:
    clock, addresses, apps = TurnedClock(), [f"127.0.0.1:{free_port()}" for _ in range(2)], []
    gateway_key = key_of(tmp_path, "gateway")
    for number, address in enumerate(addresses):
        environ = {
            **engine_settings,
            "PARLEY_MONGO_PREFIX": mongo_prefix,
            "PARLEY_KEYS": str(tmp_path),
            "PARLEY_PRESENCE_KEY": str(key_of(tmp_path, "presence")),
            "PARLEY_PRESENCE_GRPC_ADDRESS": address,
            "PARLEY_PRESENCE_METRICS_ADDRESS": f"127.0.0.1:{free_port()}",
            "PARLEY_REPLICA": f"presence-{number + 1}",
        }
        apps.append(wire(load(PresenceSettings, environ), clock))
    signer = TokenSigner(gateway_key, clock)
    lines = [channel(address, signer, Metrics("gateway")) for address in addresses]
    world = World(unique, clock, signer, [PresenceServiceStub(line) for line in lines])
    async with apps[0], apps[1]:
        await until(lambda: apps[0].ready and apps[1].ready, 20)
        watching = asyncio.create_task(world.watch())
        yield world
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        for line in lines:
            await line.close()


async def test_a_day_of_an_engineer(world: World) -> None:  # spec 1.3, 1.4, 1.6, 1.7, 1.9, 1.11, 1.12
    await world.comes_to_see(OFFLINE)
    assert await world.report(world.fact()) is True
    await world.report(world.fact(), full=True)
    await world.comes_to_see(OFFLINE, ONLINE)

    await world.lives(300)
    await world.comes_to_see(AWAY)
    await world.report(world.fact())
    await world.comes_to_see(ONLINE)

    # A second tab, and a reload of the first: nothing flaps.
    await world.report(world.fact("c2"))
    await world.report(world.fact("c1", closed=True))
    await world.lives(30)
    assert await world.of("ava") == ONLINE

    assert (await world.choose("ava", BUSY)).presence == BUSY
    await world.comes_to_see(BUSY)
    await world.report(world.fact("c2"))
    assert await world.of("ava", replica=0) == BUSY

    # The gateway dies; what it held lapses, the choice stays.
    await world.clock.advance(19)
    assert await world.of("ava") == BUSY
    await world.clock.advance(1)
    await world.comes_to_see(OFFLINE)
    world.number = 0
    await world.report(world.fact("c3"), full=True, incarnation="b", replica=1)
    await world.comes_to_see(BUSY)

    await world.choose("ava", ONLINE)
    await world.comes_to_see(ONLINE)
    assert world.seen == [OFFLINE, ONLINE, AWAY, ONLINE, BUSY, OFFLINE, BUSY, ONLINE]


async def test_who_may_ask_what(world: World) -> None:  # spec 1.8, 10.2, 10.3
    await world.report(world.fact("c1", "mia"), world.fact("c2", "zoe"), world.fact("c3", "ava"), full=True)

    with pytest.raises(RemoteError) as refused:
        await world.choose("mia", BUSY, kind="customer")
    assert refused.value.kind == "permission_denied"
    with pytest.raises(RemoteError) as refused:
        await world.choose("ava", OFFLINE)
    assert (refused.value.kind, refused.value.field) == ("invalid_argument", "presence")
    with pytest.raises(RemoteError) as refused:
        await call(world.replicas[0].ReportConnections, pb.ReportConnectionsRequest(), token=world.token("engineer", "ava"))
    assert refused.value.kind == "permission_denied"
    with pytest.raises(RemoteError) as refused:
        await call(
            world.replicas[0].ReportConnections,
            pb.ReportConnectionsRequest(replica="g", incarnation="a", number=1, changed=[pb.ConnectionFact()]),
        )
    assert (refused.value.kind, refused.value.field) == ("invalid_argument", "changed[0].connection_id")

    request = pb.GetPresenceRequest(person_ids=["ava", "mia", "nobody"])
    answer = await call(world.replicas[1].GetPresence, request, token=world.token("customer", "mia"))
    assert [(p.person_id, p.presence) for p in answer.presences] == [("ava", ONLINE), ("mia", ONLINE), ("nobody", OFFLINE)]
    everyone = await call(world.replicas[1].GetPresence, pb.GetPresenceRequest(desk_id=world.desk))
    assert sorted(p.person_id for p in everyone.presences) == ["ava", "mia", "zoe"]
