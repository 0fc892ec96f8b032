"""Who receives a message is found once and kept, and found again as soon as anything changes that decides it."""

from collections.abc import AsyncIterator

import pytest

from services.gateway.domain.cards import CardBump
from tests.unit.gateway.facts import card
from tests.unit.gateway.fakes import FakeSocket, loops, until
from tests.unit.gateway.granting import GLOBEX, World

MESSAGE = b'{"t":"entry"}'


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    async with loops(world.resync.run, world.cards.load):
        await until(lambda: world.cards.complete("desk"))
        world.publish_entry(card(revision=1, status="handled", participants=frozenset({"mia", "bo"})))
        yield world


def message(world: World, revision: int) -> int | None:
    """Publishes a message with that revision; the number of frames."""
    return world.updates.publish_message(CardBump("desk", "s1", revision, 0), lambda: lambda kind: MESSAGE)


def received(socket: FakeSocket) -> int:
    return socket.frames.count(MESSAGE)


async def test_a_socket_that_opens_between_two_messages_receives_the_second(world: World) -> None:  # spec 3.6
    bo = await world.socket("bo")
    assert message(world, 2) == 1
    mia = await world.socket("mia")
    assert (message(world, 3), received(bo), received(mia)) == (2, 2, 1)


async def test_a_socket_that_closed_between_two_messages_is_sent_no_other(world: World) -> None:
    bo, mia = await world.socket("bo"), await world.socket("mia")
    message(world, 2)
    bo.close(1000)
    assert (message(world, 3), received(bo), received(mia)) == (1, 1, 2)


async def test_who_leaves_between_two_messages_receives_no_other(world: World) -> None:  # spec 2.10
    bo, mia = await world.socket("bo"), await world.socket("mia")
    message(world, 2)
    world.publish_entry(card(revision=3, status="handled", participants=frozenset({"mia"})))
    assert (message(world, 4), received(bo), received(mia)) == (1, 1, 2)


async def test_who_follows_between_two_messages_receives_the_second(world: World) -> None:
    ava = await world.socket("ava")
    assert message(world, 2) == 0
    world.followed.follow(ava, ["s1"])
    await until(lambda: "s1" in world.index.sessions.granted(ava))
    assert (message(world, 3), received(ava)) == (1, 1)
    world.followed.follow(ava, [])
    assert (message(world, 4), received(ava)) == (0, 1)


async def test_whose_access_ends_between_two_messages_receives_no_other(world: World) -> None:  # spec 10.10
    bo = await world.socket("bo")
    assert message(world, 2) == 1
    world.change_person("bo", access=GLOBEX)
    await until(lambda: bo.viewer.companies == frozenset({"globex"}))
    assert (message(world, 3), received(bo)) == (0, 1)
