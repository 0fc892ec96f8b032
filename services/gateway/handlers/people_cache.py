"""Cache of people on screen: which of them an engineer with restrictions may see."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from parley.tickets.v1 import directory_pb2 as directory
from servicekit.identity import Caller
from services.gateway.domain.bounded_dict import BoundedDict
from services.gateway.ports import Service

# The people who were requested most recently, about 300 bytes each.
MAX_CACHED = 20_000
# The most that GetPeople accepts.
AT_ONCE = 1000

Key = tuple[str, str]
Revised = tuple[int, directory.DirectoryPerson]


def may_see(engineer: Caller, person: directory.DirectoryPerson) -> bool:
    """The directory's rule: colleagues, and customers of companies within the engineer's restrictions (spec 2.10)."""
    colleague = person.kind == directory.PERSON_KIND_ENGINEER
    return engineer.desk_id == person.desk_id and (colleague or engineer.companies is None or person.company_id in engineer.companies)


class PeopleCache:
    """Holds of each person what `may_see` reads, for all engineers. The directory is asked only for people who are not cached, by their
    ids, and its records keep the cache current."""

    def __init__(self, directory_service: Service, most: int = MAX_CACHED) -> None:
        self._directory = directory_service
        self._cache: BoundedDict[Key, Revised] = BoundedDict(most)
        # People who changed during a call, whose answer may not include the change.
        self._meanwhile: list[dict[Key, Revised]] = []
        self._cleared = 0

    async def visible_to(self, caller: Caller, person_ids: Iterable[str]) -> frozenset[str]:
        """Those of these people whom the caller may see. Raises Unavailable."""
        keys = [(caller.desk_id, id) for id in person_ids]
        found = {key: self._cache[key] for key in keys if key in self._cache}
        missing, cleared = [id for desk_id, id in keys if (desk_id, id) not in found], self._cleared
        with self._changes() as changed:
            for first in range(0, len(missing), AT_ONCE):
                request = directory.GetPeopleRequest(desk_id=caller.desk_id, person_ids=missing[first : first + AT_ONCE])
                answer: directory.GetPeopleResponse = await self._directory.call("GetPeople", request)
                found |= {(entry.person.desk_id, entry.person.id): _facts(entry) for entry in answer.entries}
        found |= {key: change for key, change in changed.items() if key in found and change[0] > found[key][0]}
        if cleared == self._cleared:
            for key, facts in found.items():
                self._cache[key] = facts
        return frozenset(id for (_, id), (_, person) in found.items() if may_see(caller, person))

    def person_changed(self, entry: directory.DirectoryEntry) -> None:
        """Corrects the cache after a change of a person."""
        key, facts = (entry.person.desk_id, entry.person.id), _facts(entry)
        for changed in self._meanwhile:
            changed[key] = facts
        if key in self._cache and self._cache[key][0] <= entry.revision:
            self._cache[key] = facts

    def clear(self) -> None:
        """Empties the cache, because changes may have been missed."""
        self._cache.clear()
        self._cleared += 1

    @contextmanager
    def _changes(self) -> Iterator[dict[Key, Revised]]:
        changed: dict[Key, Revised] = {}
        self._meanwhile.append(changed)
        try:
            yield changed
        finally:
            # By identity: two may be equal.
            self._meanwhile = [one for one in self._meanwhile if one is not changed]


def _facts(entry: directory.DirectoryEntry) -> Revised:
    """Without an engineer's access, which may list thousands of companies."""
    person = entry.person
    facts = directory.DirectoryPerson(id=person.id, desk_id=person.desk_id, kind=person.kind, company_id=person.company_id)
    return entry.revision, facts
