"""An engineer of another board reads a chat live while they are asked to take it over (spec 13.2)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from parley.tickets.v1 import directory_pb2 as directory
from servicekit.identity import Caller
from services.gateway.domain.access import CardFacts
from services.gateway.domain.cards import CardBump
from tests.unit.gateway.facts import card
from tests.unit.gateway.fakes import FakeSocket, loops, until
from tests.unit.gateway.granting import World, digest_sessions, tags

SERVICE = directory.Access(all_companies=True, board_ids=["service"])


def chat_of_projects(revision: int, *asked: str, **changes: Any) -> CardFacts:
    """Ava's chat on a board that Bo may not see; those who are asked would take it to Bo's."""
    people = frozenset({"mia", "ava"})
    return card(
        **{"board_id": "projects", "participants": people, **changes},
        revision=revision,
        status="handled",
        asked=frozenset(asked),
        asked_board_id="service" if asked else "projects",
    )


class AskedWorld(World):
    """Chat lets Bo see what he is asked to take over."""

    def sees(self, by: Caller, found: CardFacts) -> bool:
        return super().sees(by, found) or by.id in found.asked


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = AskedWorld()
    world.change_person("bo", access=SERVICE)
    async with loops(world.resync.run, world.cards.load):
        await until(lambda: world.cards.complete("desk"))
        yield world


async def follows(world: World) -> FakeSocket:
    """Bo's page, which shows the chat that he is asked to take over."""
    bo = await world.socket("bo")
    world.publish_entry(chat_of_projects(1, "bo", "sam"))
    world.followed.follow(bo, ["s1"])
    await until(lambda: "s1" in digest_sessions(bo))
    del bo.frames[:]
    return bo


async def test_the_entries_of_a_chat_reach_an_engineer_who_is_asked_to_take_it_over(world: World) -> None:  # spec 2.10, 13.2
    bo = await follows(world)
    world.updates.publish_message(CardBump("desk", "s1", 2, 0), lambda: lambda kind: b'{"t":"entry"}')
    world.publish_entry(chat_of_projects(3, "bo"))
    assert tags(bo) == ["entry", "entry"]


async def test_the_entry_that_ends_the_request_is_the_last_one_that_the_engineer_receives(world: World) -> None:  # spec 2.10, 13.2
    bo = await follows(world)
    world.publish_entry(chat_of_projects(2))
    assert tags(bo) == ["entry"] and not world.index.sessions.granted(bo)
    world.publish_entry(chat_of_projects(3))
    world.updates.publish_message(CardBump("desk", "s1", 4, 0), lambda: lambda kind: b'{"t":"entry"}')
    assert tags(bo) == ["entry"]


async def test_an_engineer_who_accepts_receives_the_entry_and_the_card(world: World) -> None:  # spec 13.2
    bo = await follows(world)
    world.publish_entry(chat_of_projects(2, board_id="service", participants=frozenset({"mia", "bo"})))
    assert tags(bo) == ["entry", "card"]


async def test_an_asked_engineer_who_does_not_show_the_chat_receives_nothing_of_it(world: World) -> None:  # spec 2.10, 13.2
    bo = await world.socket("bo")
    world.publish_entry(chat_of_projects(1, "bo"))
    world.publish_entry(chat_of_projects(2))
    assert tags(bo) == []
