"""A desk's presence settings, and how presence applies them."""

from dataclasses import replace

import pytest

from services.presence.domain.desk_settings import DeskSettings
from services.presence.domain.errors import NotAllowed, VersionConflict, WrongArgument
from tests.unit.presence.world import AVA, AWAY, MIA, ONLINE, SAM, Gateway, World


async def set_away_after(world: World, seconds: int) -> None:
    """Applies a change as a replica does that consumes it."""
    version = await world.settings.version_of("harbour")
    await world.desk_settings.update(AVA, DeskSettings(away_after=seconds), version)
    await world.handlers.settle_desk("harbour")


async def test_a_desk_without_settings_has_the_defaults(world: World) -> None:  # spec 1.3
    assert await world.desk_settings.get(SAM) == (DeskSettings(away_after=300), 0)


async def test_people_become_away_after_the_time_of_their_desk(world: World, gateway: Gateway) -> None:  # spec 1.3
    await set_away_after(world, 60)
    await gateway.connects("ava")
    await world.passes(60, gateway)

    assert world.published() == [ONLINE, AWAY]


async def test_a_shorter_time_makes_idle_people_away_at_once(world: World, gateway: Gateway) -> None:  # spec 1.3
    await gateway.connects("ava")
    await world.passes(100, gateway)

    await set_away_after(world, 60)

    assert world.published() == [ONLINE, AWAY]


async def test_a_longer_time_makes_idle_people_online_until_it_passes(world: World, gateway: Gateway) -> None:  # spec 1.3
    await gateway.connects("ava")
    await world.passes(400, gateway)
    assert world.published() == [ONLINE, AWAY]

    await set_away_after(world, 600)
    assert world.published() == [ONLINE, AWAY, ONLINE]

    await world.passes(200, gateway)
    assert world.published() == [ONLINE, AWAY, ONLINE, AWAY]


async def test_settling_an_unchanged_desk_saves_nothing(world: World, gateway: Gateway) -> None:
    await gateway.connects("ava")
    await set_away_after(world, 60)
    world.people.saves = 0

    await world.handlers.settle_desk("harbour")

    assert world.people.saves == 0


async def test_a_change_of_settings_is_audited(world: World) -> None:  # spec 10.5
    assert await world.desk_settings.update(AVA, DeskSettings(away_after=120), 0) == 1

    assert await world.desk_settings.get(AVA) == (DeskSettings(away_after=120), 1)
    assert world.settings.audit == [("harbour", "ava", 1)]


async def test_a_change_of_an_older_version_is_refused(world: World) -> None:
    await world.desk_settings.update(AVA, DeskSettings(away_after=120), 0)
    with pytest.raises(VersionConflict) as refused:
        await world.desk_settings.update(AVA, DeskSettings(away_after=240), 0)

    assert refused.value.field == "version"
    assert await world.desk_settings.get(AVA) == (DeskSettings(away_after=120), 1)


@pytest.mark.parametrize("seconds", [0, 59, 3601])
async def test_a_time_out_of_bounds_is_refused_by_its_field(world: World, seconds: int) -> None:  # spec 1.3
    with pytest.raises(WrongArgument) as refused:
        await world.desk_settings.update(AVA, DeskSettings(away_after=seconds), 0)

    assert refused.value.field == "settings.away_after"
    assert world.settings.audit == []


async def test_engineers_read_settings_and_only_admins_of_the_whole_desk_change_them(world: World) -> None:  # spec 10.2
    for by in (SAM, replace(AVA, companies=frozenset({"acme"})), replace(AVA, boards=frozenset({"projects"}))):
        with pytest.raises(NotAllowed):
            await world.desk_settings.update(by, DeskSettings(away_after=120), 0)
    with pytest.raises(NotAllowed):
        await world.desk_settings.get(MIA)
