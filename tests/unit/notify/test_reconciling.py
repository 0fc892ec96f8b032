"""Missed records are made up for, desk by desk and page by page."""

import pytest

from servicekit.errors import Unavailable
from services.notify.domain.decision import PresenceFact
from tests.unit.notify.world import START, World, card, engineer, handled


async def test_missed_records_are_reconciled_at_the_start() -> None:  # design invariant 6
    world = World()
    await world.session_changes(card("known"))
    await world.session_changes(card("gone"))
    del world.owners.sessions["gone"]
    world.owners.sessions["known"] = handled("known", revision=5)
    world.owners.sessions["missed"] = card("missed")
    world.owners.presence["ava"] = PresenceFact("away", 8, START)
    world.owners.staff.append(engineer("kim"))
    world.owners.presence["kim"] = PresenceFact("online", 3, START)
    world.published()

    await world.reconciling.reconcile()

    assert sorted(world.published()) == [
        *("+missed:waiting:" + id for id in ("bo", "kim", "sam")),
        *("-gone:waiting:" + id for id in ("ava", "bo", "sam")),
        *("-known:waiting:" + id for id in ("ava", "bo", "sam")),
    ]
    await world.reconciling.reconcile()
    assert world.published() == []


async def test_a_desk_whose_sessions_cannot_be_listed_delays_no_other() -> None:
    world = World()
    for desk_id, id in (("another", "zed"), ("yonder", "yan")):
        world.owners.staff.append(engineer(id, desk_id=desk_id))
        world.owners.presence[id] = PresenceFact("online", 3, START)
        world.owners.sessions[desk_id] = card(desk_id, desk_id=desk_id)
    world.owners.fails = {"another"}

    with pytest.raises(Unavailable):
        await world.reconciling.reconcile()
    assert world.published() == ["+yonder:waiting:yan"]

    world.owners.fails.clear()
    await world.reconciling.reconcile()
    assert world.published() == ["+another:waiting:zed"]
