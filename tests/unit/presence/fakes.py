"""The ports of presence in memory."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from servicekit.errors import Unavailable
from servicekit.identity import Caller
from services.presence.domain.access import Access
from services.presence.domain.desk_settings import DeskSettings
from services.presence.domain.errors import VersionConflict
from services.presence.domain.lease import Lease
from services.presence.domain.person import Event, Person, viewed_ticket
from services.presence.domain.presence import Presence
from services.presence.ports import Change


class Outage:
    """While `down` is set, the store that the fakes share is unavailable."""

    def __init__(self) -> None:
        self.down = False

    def check(self) -> None:
        if self.down:
            raise Unavailable("The store does not answer")


class FakePeople:
    """`published` is what the outbox would publish, in order. The next `races` saves fail as if another replica had saved first."""

    def __init__(self, outage: Outage) -> None:
        self._outage = outage
        self.people: dict[str, Person] = {}
        self.published: list[Event] = []
        self.saves = 0
        self.races = 0

    async def load(self, ids: Collection[str]) -> dict[str, Person]:
        self._outage.check()
        return {id: self.people[id] for id in ids if id in self.people}

    async def save(self, changes: Sequence[Change]) -> bool:
        self.saves += 1
        if self.races:
            self.races -= 1
            return False
        lost = False
        for change in changes:
            before = self.people.get(change.person.id)
            if (before.version if before else 0) != change.person.version:
                lost = True
                continue
            self.people[change.person.id] = replace(change.person, version=change.person.version + 1)
            self.published += change.events
        return not lost

    async def due(self, now: datetime, limit: int) -> list[str]:
        self._outage.check()
        due = sorted((person.due_at, person.id) for person in self.people.values() if person.due_at and person.due_at <= now)
        return [id for _, id in due[:limit]]

    async def under_lease(self, lease_id: str, limit: int) -> list[str]:
        return [p.id for p in self.people.values() if any(c.lease_id == lease_id and not c.closed_at for c in p.connections)][:limit]

    async def ended_under(self, lease_id: str) -> list[str]:
        connections = (c for person in self.people.values() for c in person.connections)
        return [c.id for c in connections if c.ended and c.closed_at is None and c.lease_id == lease_id]

    async def present(self, desk_id: str) -> list[str]:
        return [p.id for p in self.people.values() if p.desk_id == desk_id and p.announced.presence is not Presence.OFFLINE]

    async def viewing(self, desk_id: str, ticket_id: str, limit: int) -> list[str]:
        return [p.id for p in self.people.values() if p.desk_id == desk_id and viewed_ticket(p) == ticket_id][:limit]


class FakeLeases:
    def __init__(self, outage: Outage) -> None:
        self._outage = outage
        self.leases: dict[str, Lease] = {}
        self.noticed: dict[str, datetime] = {}
        self.done: set[str] = set()

    async def all(self) -> list[Lease]:
        self._outage.check()
        return list(self.leases.values())

    async def begin(self, lease: Lease) -> bool:
        return self.leases.setdefault(lease.id, lease) is lease

    async def renew(self, lease_id: str, number: int, at: datetime, complete_at: datetime) -> bool:
        self._outage.check()
        lease = self.leases.get(lease_id)
        if lease is None or lease.ended_at or lease.number >= number:
            return False
        self.leases[lease_id] = replace(lease, number=number, renewed_at=at, complete_at=complete_at)
        return True

    async def end(self, lease: Lease, at: datetime, by: str, noticed: datetime) -> bool:
        if self.leases.get(lease.id) != lease or lease.ended_at:
            return False
        self.leases[lease.id] = replace(lease, ended_at=at, ended_by=by)
        self.noticed[lease.id] = noticed
        return True

    async def unswept(self) -> list[tuple[Lease, datetime]]:
        return [(self.leases[id], at) for id, at in self.noticed.items() if id in self.leases and id not in self.done]

    async def swept(self, lease_id: str) -> None:
        self.done.add(lease_id)

    async def forget(self, before: datetime) -> None:
        for id in self.done:
            if id in self.leases and (ended := self.leases[id].ended_at) and ended < before:
                del self.leases[id]


class FakeRelay:
    def __init__(self) -> None:
        self.wakes = 0

    def wake(self) -> None:
        self.wakes += 1


class FakeSettings:
    """`audit`: the person who made each version."""

    def __init__(self, defaults: DeskSettings) -> None:
        self.defaults, self.set, self.audit = defaults, dict[str, tuple[DeskSettings, int]](), list[tuple[str, str, int]]()

    async def of(self, desk_id: str) -> DeskSettings:
        return self.set.get(desk_id, (self.defaults, 0))[0]

    async def version_of(self, desk_id: str) -> int:
        return self.set.get(desk_id, (self.defaults, 0))[1]

    async def update(self, desk_id: str, settings: DeskSettings, version: int, by: Caller, at: datetime) -> int:
        if self.audit and self.audit[-1] == (desk_id, by.id, version + 1) and settings == await self.of(desk_id):
            return version + 1
        if version != await self.version_of(desk_id):
            raise VersionConflict("changed meanwhile", field="version")
        self.set[desk_id] = (settings, version + 1)
        self.audit.append((desk_id, by.id, version + 1))
        return version + 1

    async def desks(self) -> list[str]:
        return list(self.set)


class FakeSignIns:
    """`people` of harbour: whether each is an engineer. `ended`: person, until, by. `down`: the next call is unavailable."""

    def __init__(self, people: dict[str, bool]) -> None:
        self.people, self.ended = people, list[tuple[str, datetime, str]]()
        # What the directory says of them.
        self.accesses = dict[str, Access]()
        self.down = False

    async def end(self, desk_id: str, person_id: str, until: datetime, by: str) -> bool | None:
        if self.down:
            self.down = False
            raise Unavailable("tickets is down")
        if desk_id != "harbour" or person_id not in self.people:
            return None
        self.ended.append((person_id, until, by))
        return self.people[person_id]

    async def access(self, desk_id: str, person_id: str) -> Access | None:
        return self.accesses.get(person_id) if desk_id == "harbour" else None
