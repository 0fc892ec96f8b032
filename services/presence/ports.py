"""What the handlers need from outside. Every method may raise Unavailable."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from servicekit.identity import Caller
from services.presence.domain.access import Access
from services.presence.domain.desk_settings import DeskSettings
from services.presence.domain.lease import Lease
from services.presence.domain.person import Event, Person


@dataclass(frozen=True, slots=True)
class Change:
    """A person to save over the version that it carries, and the events to publish with it."""

    person: Person
    events: Sequence[Event]


class People(Protocol):
    """People with their facts. Each person is saved atomically, together with the events to publish."""

    async def load(self, ids: Collection[str]) -> dict[str, Person]:
        """By id; without those who are not stored."""

    async def save(self, changes: Sequence[Change]) -> bool:
        """False when at least one person lost a race; the others are saved. A save adds one to the version."""

    async def due(self, now: datetime, limit: int) -> list[str]:
        """Ids of people whose `due_at` has passed, earliest first."""

    async def under_lease(self, lease_id: str, limit: int) -> list[str]:
        """Ids of people with an open connection under the lease."""

    async def ended_under(self, lease_id: str) -> list[str]:
        """Ids of the lease's open connections that an admin ended."""

    async def present(self, desk_id: str) -> list[str]:
        """Ids of the desk's people whose announced presence is not offline."""

    async def viewing(self, desk_id: str, ticket_id: str, limit: int) -> list[str]:
        """Ids of the desk's people who viewed the ticket when they were saved."""


class Leases(Protocol):
    """Leases of gateway replicas. Each call changes one lease atomically."""

    async def all(self) -> list[Lease]:
        """Current leases, and ended ones that are not deleted yet."""

    async def begin(self, lease: Lease) -> bool:
        """False when it exists."""

    async def renew(self, lease_id: str, number: int, at: datetime, complete_at: datetime) -> bool:
        """False when it has ended, or was renewed with this number or a higher one."""

    async def end(self, lease: Lease, at: datetime, by: str, noticed: datetime) -> bool:
        """False when it has ended or was renewed since `lease` was read."""

    async def unswept(self) -> list[tuple[Lease, datetime]]:
        """Ended leases whose people are not settled yet, each with the moment at which its end was noticed."""

    async def swept(self, lease_id: str) -> None: ...

    async def forget(self, before: datetime) -> None:
        """Deletes swept leases that ended before that moment."""


# Ends the sign-ins of (desk id, person id) that began up to that moment, for the admin with that id. Returns whether the person is an
# engineer; None: not of that desk.
EndSignIns = Callable[[str, str, datetime, str], Awaitable[bool | None]]
# What the directory says of (desk id, person id); None: not of that desk.
ReadAccess = Callable[[str, str], Awaitable[Access | None]]


class SettingsStore(Protocol):
    """Desk settings. A change, its audit entry and its event are one atomic write."""

    async def of(self, desk_id: str) -> DeskSettings:
        """With defaults filled in. May be up to two seconds old."""

    async def version_of(self, desk_id: str) -> int:
        """The current version, not from a cache; 0 = never changed."""

    async def update(self, desk_id: str, settings: DeskSettings, version: int, by: Caller, at: datetime) -> int:
        """Returns the new version, also for a repeat. Raises VersionConflict when `version` is not the current one."""
