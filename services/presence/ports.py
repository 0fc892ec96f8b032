"""What the handlers need of the world, in words of the domain."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from servicekit.identity import Caller
from services.presence.domain.lease import Lease
from services.presence.domain.person import Event, Person
from services.presence.domain.presence import DeskSettings


@dataclass(frozen=True, slots=True)
class Change:
    """A person as they should be saved (over the version that they carry), and what must be announced with it."""

    person: Person
    events: Sequence[Event]


class People(Protocol):
    """Persons with their facts. One save is one atomic change of one person, what must be announced included."""

    async def load(self, ids: Collection[str]) -> dict[str, Person]:
        """Those that are known, by id."""
        ...

    async def save(self, changes: Sequence[Change]) -> bool:
        """False when at least one lost against another save; the others are saved. Their versions grow by one."""
        ...

    async def due(self, now: datetime, limit: int) -> list[str]:
        """Whose `due_at` has come, longest first."""
        ...

    async def under_lease(self, lease_id: str, limit: int) -> list[str]:
        """Who has a connection under it that nobody closed."""
        ...

    async def ended_under(self, lease_id: str) -> list[str]:
        """Ids of its connections that an admin ended and that nobody closed."""
        ...

    async def present(self, desk_id: str) -> list[str]:
        """Who of the desk was not offline when last looked at."""
        ...


class Leases(Protocol):
    """What gateway replicas claim. Each call is one atomic change of one lease."""

    async def all(self) -> list[Lease]:
        """Those that live and those that ended lately."""
        ...

    async def begin(self, lease: Lease) -> bool:
        """False when it is there already."""
        ...

    async def renew(self, lease_id: str, number: int, at: datetime) -> bool:
        """False when it has ended or has heard this number or a later one."""
        ...

    async def end(self, lease: Lease, at: datetime, by: str, noticed: datetime) -> bool:
        """False when it has ended or was renewed since `lease` was read."""
        ...

    async def unswept(self) -> list[tuple[Lease, datetime]]:
        """Ended ones whose people must still be looked at, and since when their end is known."""
        ...

    async def swept(self, lease_id: str) -> None: ...

    async def forget(self, before: datetime) -> None:
        """Drops swept ones that ended before that."""
        ...


class Relay(Protocol):
    """Publishes the events that were saved."""

    def wake(self) -> None:
        """There are events to publish. Does not wait."""
        ...


class SignIns(Protocol):
    """The owner of sign-ins."""

    async def end(self, desk_id: str, person_id: str, until: datetime, by: str) -> bool | None:
        """Ends those of the person that were made up to that moment. Whether the person is an engineer; None: nobody of that desk."""
        ...


class SettingsStore(Protocol):
    """What desks have set. A change, its entry of the audit log and its announcement are one atomic write."""

    async def of(self, desk_id: str) -> DeskSettings:
        """Defaults filled in; at most two seconds old."""
        ...

    async def version_of(self, desk_id: str) -> int:
        """0 = never changed; as it is now."""
        ...

    async def update(self, desk_id: str, settings: DeskSettings, version: int, by: Caller, at: datetime) -> int:
        """The new version; raises VersionConflict when `version` is not the present one."""
        ...

    async def desks(self) -> list[str]:
        """Those that have set something."""
        ...
