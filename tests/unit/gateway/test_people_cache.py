"""Whom an engineer with restrictions may see of the people on screen, and what the directory is asked for."""

import asyncio
from typing import Any

import pytest

from parley.tickets.v1 import directory_pb2 as directory
from services.gateway.handlers.people_cache import AT_ONCE, PeopleCache
from tests.unit.gateway.facts import BO
from tests.unit.gateway.fakes import FakeService, until


class World:
    """A directory where everybody's id begins with their company. `asked` has the ids of each request."""

    def __init__(self, most: int = 20_000) -> None:
        self.directory = FakeService(GetPeople=self._people)
        self.cache = PeopleCache(self.directory, most)

    def _people(self, request: directory.GetPeopleRequest) -> directory.GetPeopleResponse:
        return directory.GetPeopleResponse(entries=[entry(id) for id in request.person_ids if not id.startswith("nobody")])

    @property
    def asked(self) -> list[list[str]]:
        return [list(request.person_ids) for _, request, _ in self.directory.asked]


def entry(id: str, revision: int = 1, **fields: Any) -> directory.DirectoryEntry:
    kind = directory.PERSON_KIND_ENGINEER if id == "ava" else directory.PERSON_KIND_CUSTOMER
    company = "" if id == "ava" else id.partition("-")[0]
    person = directory.DirectoryPerson(**{"id": id, "desk_id": "desk", "kind": kind, "company_id": company, **fields})
    return directory.DirectoryEntry(revision=revision, person=person)


async def test_only_people_who_are_not_cached_are_requested_and_by_their_ids() -> None:  # spec 2.10
    world = World()
    assert await world.cache.visible_to(BO, ["ava", "acme-1", "globex-1", "nobody"]) == {"ava", "acme-1"}
    assert await world.cache.visible_to(BO, ["acme-1", "globex-1", "acme-2"]) == {"acme-1", "acme-2"}
    assert world.asked == [["ava", "acme-1", "globex-1", "nobody"], ["acme-2"]]

    many = [f"acme-{number}" for number in range(10, 20 + AT_ONCE)]
    assert await world.cache.visible_to(BO, many) == set(many)
    assert [len(ids) for ids in world.asked[2:]] == [AT_ONCE, 10]


async def test_the_cache_holds_a_bounded_number_of_people() -> None:
    world = World(most=3)
    assert await world.cache.visible_to(BO, [f"acme-{number}" for number in range(5)]) == {f"acme-{number}" for number in range(5)}
    await world.cache.visible_to(BO, ["acme-2"])
    await world.cache.visible_to(BO, ["acme-0"])
    assert len(world.cache._cache) == 3
    await world.cache.visible_to(BO, ["acme-2", "acme-4", "acme-0"])
    assert world.asked[1:] == [["acme-0"]]


async def test_a_record_keeps_the_cache_current_whatever_its_order() -> None:  # spec 10.10
    world = World()
    await world.cache.visible_to(BO, ["acme-1"])
    world.cache.person_changed(entry("acme-1", 3, company_id="globex"))
    world.cache.person_changed(entry("acme-1", 2))
    world.cache.person_changed(entry("acme-2", 2))
    assert await world.cache.visible_to(BO, ["acme-1"]) == set()
    assert world.asked == [["acme-1"]]


@pytest.mark.parametrize("cached", [False, True])
async def test_a_change_during_a_call_counts(cached: bool) -> None:  # spec 10.10
    world = World()
    if cached:
        await world.cache.visible_to(BO, ["acme-1"])
    world.directory.hangs.set()
    requests = len(world.asked)
    visible = asyncio.create_task(world.cache.visible_to(BO, ["acme-1", "acme-2"]))
    await until(lambda: len(world.asked) > requests)
    world.cache.person_changed(entry("acme-1", 2, company_id="globex"))
    world.directory.hangs.clear()

    assert await visible == {"acme-2"}
    assert await world.cache.visible_to(BO, ["acme-1"]) == set()


async def test_a_call_that_began_before_missed_records_is_not_cached() -> None:
    world = World()
    world.directory.hangs.set()
    visible = asyncio.create_task(world.cache.visible_to(BO, ["acme-1"]))
    await until(lambda: len(world.asked) == 1)
    world.cache.clear()
    world.directory.hangs.clear()
    await visible
    await world.cache.visible_to(BO, ["acme-1"])
    assert len(world.asked) == 2
