"""The whole presence service: two replicas in this process, real engines, and a clock set by the tests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest

from parley.presence.v1 import presence_pb2 as pb
from parley.presence.v1.presence_pb2_grpc import PresenceServiceStub
from parley.tickets.v1 import directory_pb2 as directory
from parley.tickets.v1.directory_pb2_grpc import DirectoryServiceServicer, add_DirectoryServiceServicer_to_server
from servicekit.app import App
from servicekit.errors import RemoteError
from servicekit.grpc_client import channel
from servicekit.identity import Caller, TokenSigner
from servicekit.metrics import Metrics
from servicekit.moments import to_proto
from servicekit.settings import load
from services.presence.config import PresenceSettings
from services.presence.wiring import wire
from stack.keys import key_of
from stack.ports import free_port
from tests.fakes.clock import TurnedClock
from tests.fakes.patient import call

AWAY, BUSY, OFFLINE, ONLINE = pb.PRESENCE_AWAY, pb.PRESENCE_BUSY, pb.PRESENCE_OFFLINE, pb.PRESENCE_ONLINE
# Service accounts of other teams, and what each may do.
ACCOUNTS = {"wallboard": "presence:read", "billing": "tickets:read"}


@dataclass
class World:
    """A gateway that reports to two presence replicas. `seen` has the states that a watcher of ava received."""

    desk: str
    clock: TurnedClock
    signer: TokenSigner
    replicas: list[PresenceServiceStub]
    apps: list[App]
    keys: Path
    number: int = 0
    seen: list[int] = field(default_factory=list)

    async def report(
        self, *facts: pb.ConnectionFact, full: bool = False, incarnation: str = "a", replica: int = 0
    ) -> pb.ReportConnectionsResponse:
        self.number += 1
        request = pb.ReportConnectionsRequest(replica="gateway-1", incarnation=incarnation, number=self.number, changed=facts, full=full)
        answer: pb.ReportConnectionsResponse = await call(self.replicas[replica].ReportConnections, request)
        return answer

    def fact(self, connection_id: str = "c1", person_id: str = "ava", closed: bool = False) -> pb.ConnectionFact:
        now = to_proto(self.clock.now())
        engineer = person_id != "mia"
        fact = pb.ConnectionFact(connection_id=connection_id, person_id=person_id, desk_id=self.desk, engineer=engineer, active_at=now)
        if closed:
            fact.closed = True
            fact.closed_at.CopyFrom(now)
        return fact

    def token(self, kind: Any, person_id: str, role: str = "") -> str:
        return self.signer.token(Caller(kind=kind, id=person_id, name=person_id, desk_id=self.desk, role=role))

    def account(self, name: str, desk: str = "") -> str:
        """Returns the token of another team's service account: one of ACCOUNTS."""
        caller = Caller(kind="service", id=name, name=name, desk_id=desk or self.desk, scopes=frozenset({ACCOUNTS[name]}))
        return TokenSigner(key_of(self.keys, name), self.clock).token(caller)

    async def choose(self, person_id: str, presence: pb.Presence.ValueType, kind: str = "engineer") -> pb.PersonPresence:
        answer = await call(self.replicas[1].ChoosePresence, pb.ChoosePresenceRequest(presence=presence), token=self.token(kind, person_id))
        presence_now: pb.PersonPresence = answer.presence
        return presence_now

    async def of(self, person_id: str, replica: int = 1) -> int:
        request = pb.GetPresenceRequest(desk_id=self.desk, person_ids=[person_id])
        return int((await call(self.replicas[replica].GetPresence, request)).presences[0].presence)

    async def watch(self) -> None:
        """Watches ava through the second replica; the first one gets the reports."""
        stream: Any = self.replicas[1].WatchPresence(pb.WatchPresenceRequest(desk_id=self.desk, person_ids=["ava"]))
        async for answer in stream:
            self.seen += [presence.presence for presence in answer.presences]

    async def watcher_sees(self, *presences: int) -> None:
        """Waits until these are the last states of the watcher. Advances the clock, because a sweep may have missed the last advance."""
        for _ in range(10):
            with suppress(TimeoutError):
                await until(lambda: tuple(self.seen[-len(presences) :]) == presences, 1)
                return
            await self.clock.advance(0.5)
        raise AssertionError(f"{self.seen} does not end in {presences}")

    async def passes(self, seconds: float, step: float = 5) -> None:
        """Advances time while the gateway renews its lease."""
        for _ in range(int(seconds / step)):
            await self.clock.advance(step)
            await self.report()


async def until(condition: Callable[[], bool | Awaitable[bool]], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.01)


async def refused(calling: Awaitable[object]) -> tuple[str, str]:
    """Returns kind and field of the refusal."""
    with pytest.raises(RemoteError) as refusal:
        await calling
    return refusal.value.kind, refusal.value.field


class FakeDirectory(DirectoryServiceServicer):
    """Every person except the id "nobody" is an engineer of the desk."""

    async def EndSignInsOfPerson(self, request: Any, context: Any) -> Any:
        if request.person_id == "nobody":
            await context.abort(grpc.StatusCode.NOT_FOUND, "There is no such person.")
        return directory.EndSignInsOfPersonResponse(kind=directory.PERSON_KIND_ENGINEER)


@asynccontextmanager
async def directory_service() -> AsyncIterator[str]:
    """Starts a directory service and returns its address."""
    server = grpc.aio.server()
    add_DirectoryServiceServicer_to_server(FakeDirectory(), server)  # type: ignore[abstract]
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    yield address
    await server.stop(None)


@asynccontextmanager
async def two_replicas(engine_settings: dict[str, str], mongo_prefix: str, keys: Path, desk: str, tickets: str) -> AsyncIterator[World]:
    clock, addresses, apps = TurnedClock(), [f"127.0.0.1:{free_port()}" for _ in range(2)], []
    gateway_key = key_of(keys, "gateway")
    for name, scope in ACCOUNTS.items():
        key_of(keys, name).with_suffix(".scopes").write_text(scope)
    for number, address in enumerate(addresses):
        environ = {
            **engine_settings,
            "PARLEY_MONGO_PREFIX": mongo_prefix,
            "PARLEY_KEYS": str(keys),
            "PARLEY_PRESENCE_KEY": str(key_of(keys, "presence")),
            "PARLEY_PRESENCE_GRPC_ADDRESS": address,
            "PARLEY_PRESENCE_METRICS_ADDRESS": f"127.0.0.1:{free_port()}",
            "PARLEY_TICKETS": tickets,
            "PARLEY_REPLICA": f"presence-{number + 1}",
        }
        apps.append(wire(load(PresenceSettings, environ), clock))
    signer = TokenSigner(gateway_key, clock)
    channels = [channel(address, signer, Metrics("gateway")) for address in addresses]
    world = World(desk, clock, signer, [PresenceServiceStub(connection) for connection in channels], apps, keys)
    async with apps[0], apps[1]:
        await until(lambda: apps[0].ready and apps[1].ready, 20)
        watching = asyncio.create_task(world.watch())
        yield world
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        for connection in channels:
            await connection.close()
