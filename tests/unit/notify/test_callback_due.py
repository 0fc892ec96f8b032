"""A call-back that nobody answered is called again: engineers are told at its time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.notify.domain.card import Status
from tests.unit.notify.world import START, World, card, world_with_pages


@pytest.fixture
def world() -> World:
    return world_with_pages()


async def test_engineers_are_notified_each_time_a_callback_is_due(world: World) -> None:  # spec 4.14, 5.7
    asked = card(status=Status.CALLBACK)
    await world.statuses.status_changed(asked)
    for revision in (5, 5, 7):
        await world.statuses.callback_due(replace(asked, revision=revision))
    # One that was closed meanwhile, and one from long before, as after an outage.
    await world.statuses.callback_due(replace(asked, status=Status.COMPLETED, revision=9))
    await world.statuses.callback_due(replace(asked, revision=9, modified_at=START - timedelta(minutes=6)))
    assert world.asked() == ["s1:callback:ava:0 a1", "s1:callback:ava:5 a1", "s1:callback:ava:7 a1"]
