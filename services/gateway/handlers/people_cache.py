"""Cache of the people whom engineers with restrictions may see, as the directory answers."""

from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from functools import partial

from parley.tickets.v1 import directory_pb2 as directory
from servicekit.clock import Clock
from servicekit.grpc_client import pages
from servicekit.identity import Caller
from services.gateway.domain.bounded_dict import BoundedDict
from services.gateway.ports import Service

CACHED_FOR = timedelta(seconds=30)
MAX_CACHED = 1000


def may_see(engineer: Caller, person: directory.DirectoryPerson) -> bool:
    """The directory's rule: colleagues, and customers of companies within the engineer's restrictions (spec 2.10)."""
    colleague = person.kind == directory.PERSON_KIND_ENGINEER
    return engineer.desk_id == person.desk_id and (colleague or engineer.companies is None or person.company_id in engineer.companies)


class PeopleCache:
    """Keyed by caller, which includes the access. When a person changes, each cached answer is corrected."""

    def __init__(self, directory_service: Service, clock: Clock) -> None:
        self._directory, self._clock = directory_service, clock
        self._cache: BoundedDict[Caller, tuple[datetime, set[str]]] = BoundedDict(MAX_CACHED)
        # People who changed during a call, whose answer may not include the change.
        self._meanwhile: list[dict[str, directory.DirectoryPerson]] = []

    async def visible_to(self, caller: Caller) -> AbstractSet[str]:
        """Ids of the people whom the caller may see. Raises Unavailable."""
        cached = self._cache.get(caller)
        if cached and self._clock.now() < cached[0]:
            return cached[1]
        changed: dict[str, directory.DirectoryPerson] = {}
        self._meanwhile.append(changed)
        try:
            found = pages(partial(self._directory.call, "ListPeople", by=caller), directory.ListPeopleRequest())
            visible = {person.id async for page in found for person in page.people}
        finally:
            # By identity: two may be equal.
            self._meanwhile = [one for one in self._meanwhile if one is not changed]
        for person in changed.values():
            _correct(visible, caller, person)
        self._cache[caller] = (self._clock.now() + CACHED_FOR, visible)
        return visible

    def person_changed(self, person: directory.DirectoryPerson) -> None:
        """Corrects the cache after a change of a person."""
        for changed in self._meanwhile:
            changed[person.id] = person
        for caller, (_, visible) in self._cache.items():
            _correct(visible, caller, person)

    def clear(self) -> None:
        """Empties the cache, because changes may have been missed."""
        self._cache.clear()


def _correct(visible: set[str], caller: Caller, person: directory.DirectoryPerson) -> None:
    if may_see(caller, person):
        visible.add(person.id)
    else:
        visible.discard(person.id)
