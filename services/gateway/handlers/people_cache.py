"""Cache of people on screen: which of them an engineer with restrictions may see."""

from collections.abc import Iterable, Sequence

from parley.tickets.v1 import directory_pb2 as directory
from servicekit.identity import Caller
from servicekit.revised_cache import RevisedCache
from services.gateway.domain.access import may_see_person
from services.gateway.ports import Service

# About 300 bytes each.
MAX_CACHED = 20_000
# The most that GetPeople accepts.
AT_ONCE = 1000

Key = tuple[str, str]


def may_see(engineer: Caller, person: directory.DirectoryPerson) -> bool:
    return may_see_person(engineer, person.desk_id, person.company_id, colleague=person.kind == directory.PERSON_KIND_ENGINEER)


class PeopleCache:
    """Holds of each person what `may_see` reads, for all engineers. The directory is asked only for people who are not held, by their
    ids, and its records keep the cache current."""

    def __init__(self, directory_service: Service) -> None:
        self._directory = directory_service
        self._people: RevisedCache[Key, directory.DirectoryPerson] = RevisedCache(self._fetch, most=MAX_CACHED, at_once=AT_ONCE)

    async def visible_to(self, caller: Caller, person_ids: Iterable[str]) -> frozenset[str]:
        """Those of these people whom the caller may see. Raises Unavailable."""
        people = await self._people.of((caller.desk_id, id) for id in person_ids)
        return frozenset(person.id for person in people.values() if may_see(caller, person))

    def person_changed(self, entry: directory.DirectoryEntry) -> None:
        """Corrects the cache after a change of a person."""
        self._people.changed((entry.person.desk_id, entry.person.id), entry.revision, _facts(entry.person))

    def clear(self) -> None:
        """Empties the cache, because changes may have been missed."""
        self._people.clear()

    async def _fetch(self, keys: Sequence[Key]) -> dict[Key, tuple[int, directory.DirectoryPerson]]:
        # The keys of one call are of one desk.
        request = directory.GetPeopleRequest(desk_id=keys[0][0], person_ids=[id for _, id in keys])
        answer: directory.GetPeopleResponse = await self._directory.call("GetPeople", request)
        return {(entry.person.desk_id, entry.person.id): (entry.revision, _facts(entry.person)) for entry in answer.entries}


def _facts(person: directory.DirectoryPerson) -> directory.DirectoryPerson:
    """Without an engineer's access, which may list thousands of companies."""
    return directory.DirectoryPerson(id=person.id, desk_id=person.desk_id, kind=person.kind, company_id=person.company_id)
