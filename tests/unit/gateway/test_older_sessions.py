"""Abandoned and call-back sessions that became older leave the live lists; pages are told to fetch their lists of older ones."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from tests.unit.gateway.facts import card
from tests.unit.gateway.fakes import loops, until
from tests.unit.gateway.granting import World, tags


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    async with loops(world.resync.run, world.cards.load, world.presences.check):
        await until(lambda: world.cards.complete("desk"))
        yield world


async def test_an_older_session_leaves_the_table_and_its_changes_are_announced_to_those_who_may_see_it(world: World) -> None:  # spec 6.3
    bo, mia, leo = await world.socket("bo"), await world.socket("mia"), await world.socket("leo")
    world.publish_entry(card(status="callback"))
    for socket in (bo, mia, leo):
        del socket.frames[:]

    world.publish_entry(card(revision=2, status="callback", older=True))
    world.publish_entry(card(revision=3, status="completed", older=True))

    gone = [msgspec.json.decode(frame) for frame in bo.frames]
    assert gone == [{"t": "cardGone", "sessionId": "s1", "revision": revision, "older": True} for revision in (2, 3)]
    assert "cardGone" in tags(mia) and tags(leo) == []
    assert world.cards.of("desk").get("s1") is None
