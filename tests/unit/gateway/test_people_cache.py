"""Whom an engineer with restrictions may see of the people on screen, and what the directory is asked for."""

from typing import Any

from parley.tickets.v1 import directory_pb2 as directory
from services.gateway.handlers.people_cache import PeopleCache
from tests.unit.gateway.facts import BO
from tests.unit.gateway.fakes import FakeService


def entry(id: str, revision: int = 1, **fields: Any) -> directory.DirectoryEntry:
    """A customer whose id begins with their company, or Ava, an engineer."""
    kind = directory.PERSON_KIND_ENGINEER if id == "ava" else directory.PERSON_KIND_CUSTOMER
    company = "" if id == "ava" else id.partition("-")[0]
    person = directory.DirectoryPerson(**{"id": id, "desk_id": "desk", "kind": kind, "company_id": company, **fields})
    return directory.DirectoryEntry(revision=revision, person=person)


def people(request: directory.GetPeopleRequest) -> directory.GetPeopleResponse:
    assert request.desk_id == "desk"
    return directory.GetPeopleResponse(entries=[entry(id) for id in request.person_ids if id != "nobody"])


async def test_the_directory_is_asked_once_for_people_on_screen_and_its_records_count() -> None:  # spec 2.10, 10.10
    service = FakeService(GetPeople=people)
    cache = PeopleCache(service)
    assert await cache.visible_to(BO, ["ava", "acme-1", "globex-1", "nobody"]) == {"ava", "acme-1"}
    cache.person_changed(entry("acme-1", 2, company_id="globex"))
    cache.person_changed(entry("globex-1", 2, company_id="acme"))
    assert await cache.visible_to(BO, ["ava", "acme-1", "globex-1"]) == {"ava", "globex-1"}
    cache.clear()
    assert await cache.visible_to(BO, ["acme-1"]) == {"acme-1"}
    assert [list(request.person_ids) for _, request, _ in service.asked] == [["ava", "acme-1", "globex-1", "nobody"], ["acme-1"]]
