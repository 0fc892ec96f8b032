"""Commands of an admin: changing the desk's settings, and ending a person's connections."""

from typing import Any

import pytest

from parley.presence.v1 import presence_pb2 as pb
from tests.adapters.presence.world import AWAY, ONLINE, World, refused, until
from tests.fakes.patient import call


def settings(away_after: int, version: int = 0) -> pb.UpdateSettingsRequest:
    return pb.UpdateSettingsRequest(settings=pb.PresenceSettings(away_after=away_after), version=version)


async def test_a_change_of_settings_is_applied_by_every_replica_at_once(world: World) -> None:  # spec 1.3
    one, other = world.replicas
    await world.report(world.fact(), full=True)
    await world.passes(100)
    await world.watcher_sees(ONLINE)

    admin = world.token("engineer", "zoe", role="admin")
    saved = await call(one.UpdateSettings, settings(60), token=admin)
    assert (saved.settings.away_after, saved.version) == (60, 1)
    await until(lambda: world.seen[-1] == AWAY)
    for replica in (0, 1):
        assert await world.of("ava", replica) == AWAY

    await call(other.UpdateSettings, settings(3600, version=1), token=admin)
    await until(lambda: world.seen[-1] == ONLINE)
    read = await call(one.GetSettings, pb.GetSettingsRequest(), token=world.token("engineer", "ava"))
    assert (read.settings.away_after, read.version) == (3600, 2)


async def test_refused_settings_change_nothing(world: World) -> None:  # spec 10.2, 11.1
    update = world.replicas[0].UpdateSettings
    admin = world.token("engineer", "zoe", role="admin")

    assert await refused(call(update, pb.UpdateSettingsRequest(), token=admin)) == ("invalid_argument", "settings")
    assert await refused(call(update, settings(59), token=admin)) == ("invalid_argument", "settings.away_after")
    assert await refused(call(update, settings(60, version=7), token=admin)) == ("aborted", "version")
    assert await refused(call(update, settings(60), token=world.token("engineer", "ava"))) == ("permission_denied", "")
    assert await refused(call(update, settings(60))) == ("permission_denied", "")

    read = await call(world.replicas[0].GetSettings, pb.GetSettingsRequest(), token=admin)
    assert (read.settings.away_after, read.version) == (300, 0)


async def test_ended_connections_are_returned_by_any_replica_the_gateway_reports_to(world: World) -> None:  # spec 1.15
    admin = world.token("engineer", "zoe", role="admin")
    await world.report(world.fact("c1"), world.fact("c2", "mia"), full=True)

    request = pb.EndConnectionsRequest(command_id="e1", person_id="ava", reason="Laptop lost")
    for _ in range(2):
        assert (await call(world.replicas[1].EndConnections, request, token=admin)).connections == 1
    assert list((await world.report()).end_connection_ids) == ["c1"]

    assert list((await world.report(world.fact("c1", closed=True))).end_connection_ids) == []


@pytest.mark.parametrize(
    "wrong, refusal",
    [
        ({"command_id": ""}, ("invalid_argument", "command_id")),
        ({"command_id": "x" * 65}, ("invalid_argument", "command_id")),
        ({"person_id": ""}, ("invalid_argument", "person_id")),
        ({"person_id": "nobody"}, ("not_found", "person_id")),
        ({"reason": "x" * 501}, ("invalid_argument", "reason")),
    ],
)
async def test_an_invalid_request_to_end_connections_is_refused(
    world: World, wrong: dict[str, Any], refusal: tuple[str, str]
) -> None:  # spec 1.15
    await world.report(world.fact("c1"), full=True)
    request = pb.EndConnectionsRequest(**{"command_id": "e1", "person_id": "ava", **wrong})

    assert await refused(call(world.replicas[0].EndConnections, request, token=world.token("engineer", "zoe", role="admin"))) == refusal
    assert list((await world.report()).end_connection_ids) == []
