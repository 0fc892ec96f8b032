"""Presence of an engineer over a day, and permissions, through two replicas."""

import pytest

from parley.presence.v1 import presence_pb2 as pb
from servicekit.errors import RemoteError
from tests.adapters.presence.world import AWAY, BUSY, OFFLINE, ONLINE, World
from tests.adapters.presence.world import refused as refusal
from tests.fakes.patient import call


async def test_presence_of_an_engineer_over_a_day(world: World) -> None:  # spec 1.3, 1.4, 1.6, 1.7, 1.9, 1.11, 1.12
    await world.watcher_sees(OFFLINE)
    assert (await world.report(world.fact())).want_full
    await world.report(world.fact(), full=True)
    await world.watcher_sees(OFFLINE, ONLINE)

    await world.passes(300)
    await world.watcher_sees(AWAY)
    await world.report(world.fact())
    await world.watcher_sees(ONLINE)

    # A second tab, and a reload of the first: presence does not change.
    await world.report(world.fact("c2"))
    await world.report(world.fact("c1", closed=True))
    await world.passes(30)
    assert await world.of("ava") == ONLINE

    assert (await world.choose("ava", BUSY)).presence == BUSY
    await world.watcher_sees(BUSY)
    await world.report(world.fact("c2"))
    assert await world.of("ava", replica=0) == BUSY

    # The gateway crashes. Its connections expire, and the choice is kept.
    await world.clock.advance(19)
    assert await world.of("ava") == BUSY
    await world.clock.advance(1)
    await world.watcher_sees(OFFLINE)
    world.number = 0
    await world.report(world.fact("c3"), full=True, incarnation="b", replica=1)
    await world.watcher_sees(BUSY)

    await world.choose("ava", ONLINE)
    await world.watcher_sees(ONLINE)
    assert world.seen == [OFFLINE, ONLINE, AWAY, ONLINE, BUSY, OFFLINE, BUSY, ONLINE]


async def test_permissions(world: World) -> None:  # spec 1.8, 10.2, 10.3
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
    never_active = pb.ConnectionFact(connection_id="c9", person_id="ava", desk_id=world.desk)
    assert await refusal(world.report(never_active, full=True)) == ("invalid_argument", "changed[0].active_at")

    request = pb.GetPresenceRequest(person_ids=["ava", "mia", "nobody"])
    answer = await call(world.replicas[1].GetPresence, request, token=world.token("customer", "mia"))
    assert [(p.person_id, p.presence) for p in answer.presences] == [("ava", ONLINE), ("mia", ONLINE), ("nobody", OFFLINE)]
    everyone = await call(world.replicas[1].GetPresence, pb.GetPresenceRequest(desk_id=world.desk))
    assert sorted(p.person_id for p in everyone.presences) == ["ava", "mia", "zoe"]
