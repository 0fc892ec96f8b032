"""What spec 11.1 requires of every RPC, on the running services: health, reflection, deadlines and idempotent retries."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from parley.chat.v1 import chat_pb2 as c
from parley.presence.v1 import presence_pb2 as p
from servicekit.errors import Kind
from stack.services import Stack
from tests.contract.rpcs import OWNERS, RPCS
from tests.fakes.waiting import until
from tests.journeys.desk import TestDesk
from tests.journeys.scene import BETWEEN_SERVICES, Scene
from tests.journeys.team import Outcome, Team, answered

WRITES = {key: rpc for key, rpc in RPCS.items() if rpc.writes and key not in BETWEEN_SERVICES}
COMMANDS = {key: rpc for key, rpc in WRITES.items() if "command_id" in rpc.fields}


@pytest.fixture
async def scene(stack: Stack, desk: TestDesk) -> AsyncIterator[Scene]:
    async with Team(stack) as team:
        scene = Scene(team, desk)
        await scene.prepare()
        # EndConnections needs a person who has been connected.
        await desk.page("leo")
        leo = p.GetPresenceRequest(person_ids=[scene.id("leo")])

        async def online() -> bool:
            return bool((await scene.do("PresenceService.GetPresence", "ava", leo)).presences[0].presence == p.PRESENCE_ONLINE)

        await until(online)
        yield scene


@pytest.mark.parametrize("name", sorted({*OWNERS.values(), "gateway"}))
async def test_every_replica_serves_health_and_reflection_without_a_token(stack: Stack, name: str) -> None:  # spec 11.1
    for replica in stack.replicas.values():
        if replica.service == name:
            async with grpc.aio.insecure_channel(replica.grpc) as connection:
                health = health_pb2_grpc.HealthStub(connection)
                described = await rpcs_by_reflection(connection)
                for service in ["", *described]:
                    await until(partial(serves, health, service))  # within half a second after /ready
            calls = {rpc.path for rpc in RPCS.values() if rpc.owner == name}
            assert {f"/{service}/{rpc}" for service, rpcs in described.items() for rpc in rpcs} == calls


async def serves(health: health_pb2_grpc.HealthStub, service: str) -> bool:
    answer = await health.Check(health_pb2.HealthCheckRequest(service=service))
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


async def rpcs_by_reflection(connection: grpc.aio.Channel) -> dict[str, list[str]]:
    """Service -> its RPCs, for Parley's services, as any gRPC client finds them."""
    asked = reflection_pb2.ServerReflectionRequest
    ask = reflection_pb2_grpc.ServerReflectionStub(connection).ServerReflectionInfo
    listed = (await anext(aiter(ask(iter([asked(list_services="")]))))).list_services_response.service
    found: dict[str, list[str]] = {}
    for service in (listed.name for listed in listed if listed.name.startswith("parley.")):
        answer = await anext(aiter(ask(iter([asked(file_containing_symbol=service)]))))
        for data in answer.file_descriptor_response.file_descriptor_proto:
            file = FileDescriptorProto.FromString(data)
            found |= {f"{file.package}.{s.name}": [m.name for m in s.method] for s in file.service if f"{file.package}.{s.name}" == service}
    return found


async def test_a_write_after_its_deadline_changes_nothing(scene: Scene) -> None:  # spec 11.1
    before = await scene.snapshot()
    for key, rpc in WRITES.items():
        who, good = scene.good[key]
        outcome = await scene.team.call(rpc, good, scene.token(who), timeout=0.001)
        assert outcome.kind == Kind.DEADLINE_EXCEEDED, (key, outcome)
    assert await scene.snapshot() == before


async def test_a_repeat_of_a_write_returns_the_first_result(scene: Scene) -> None:  # spec 3.8, 11.1
    firsts = await do_all(scene)
    done, differs = await scene.snapshot(), list[object]()
    for key, first in firsts.items():
        who, good = scene.good[key]
        repeats = await asyncio.gather(*(scene.team.call(RPCS[key], good, scene.token(who)) for _ in range(3)))
        differs += [(key, first, repeated) for repeated in repeats if result(repeated.answer) != result(first.answer)]
    assert differs == []
    assert await scene.snapshot() == done


async def do_all(scene: Scene) -> dict[str, Outcome]:
    """Runs every command once; returns when the ended session has its ticket."""
    firsts: dict[str, Outcome] = {}
    for key, rpc in COMMANDS.items():
        who, good = scene.good[key]
        firsts[key] = await answered(partial(scene.team.call, rpc, good, scene.token(who)), (Kind.UNAVAILABLE,))
        assert firsts[key].kind == "", (key, firsts[key])
    ended: Any = scene.good["ChatService.CompleteSession"][1]
    async with asyncio.timeout(60):
        while True:
            read = await scene.do("ChatService.GetSession", "ava", c.GetSessionRequest(session_id=ended.session_id))
            if read.session.card.ticket_link == c.TICKET_LINK_ATTACHED:
                return firsts
            await asyncio.sleep(0.05)


def result(answer: Any) -> list[bytes]:
    """The result of a command, without a session's card, which the system may have changed since."""
    session = getattr(answer, "session", None)
    return [entry.SerializeToString() for entry in session.entries] if session else [answer.SerializeToString()]


OTHER: dict[str, object] = {
    "text": "Other words",
    "note": "Other words",
    "summary": "Other words",
    "reason": "Other",
    "mode": c.JOIN_MODE_ALSO,
}


async def test_a_command_id_that_was_used_for_something_else_is_refused(scene: Scene) -> None:  # spec 3.8, 11.1
    await do_all(scene)
    done, refusals = await scene.snapshot(), dict[str, tuple[str, str]]()
    for key, rpc in COMMANDS.items():
        who, good = scene.good[key]
        if changed := next((field for field in rpc.fields if field in OTHER), ""):
            other = type(good).FromString(good.SerializeToString())
            setattr(other, changed, OTHER[changed])
            outcome = await scene.team.call(rpc, other, scene.token(who))
            refusals[key] = (outcome.kind, outcome.field)
    assert refusals == dict.fromkeys(refusals, (Kind.ALREADY_EXISTS, "command_id"))
    assert len(refusals) >= 8
    assert await scene.snapshot() == done
