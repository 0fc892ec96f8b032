"""Keeping, listing and exporting the audit log (spec 10.5)."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from servicekit.clock import Clock
from servicekit.identity import new_id
from servicekit.metrics import Metrics
from services.tickets.domain.access.directory import must_read_audit_log
from services.tickets.domain.audit import (
    AuditAction,
    AuditChange,
    AuditCursor,
    AuditEntry,
    AuditKind,
    AuditQuery,
    AuditSubject,
)
from services.tickets.domain.directory import Kind, key_of
from services.tickets.domain.limits import page_size_from
from services.tickets.domain.people import Actor
from services.tickets.ports import AuditLog, Directory

EXPORTED_AT_ONCE = 500
SWEEP_EVERY_SECONDS = 3600.0
_KINDS = {AuditSubject.PERSON: Kind.PERSON, AuditSubject.COMPANY: Kind.COMPANY, AuditSubject.BOARD: Kind.BOARD}


@dataclass(frozen=True, slots=True)
class NamedEntry:
    """An entry with the present names of who did it and of what it was done to; "" for what its directory does not have."""

    entry: AuditEntry
    by_name: str
    subject_name: str


class AuditHandlers:
    def __init__(self, audit_log: AuditLog, directory: Directory, clock: Clock, metrics: Metrics) -> None:
        self._log, self._directory, self._clock = audit_log, directory, clock
        self._kept = metrics.counter("audit_entries_total", "Entries added to the audit log, by kind", ["kind"])

    async def keep(self, entry: AuditEntry) -> None:
        """A repeat changes nothing."""
        if await self._log.add(entry):
            self._kept.labels(entry.kind.value).inc()

    async def page(self, by: Actor, query: AuditQuery, page_size: int, page_token: str) -> tuple[list[NamedEntry], str]:
        """Newest first, with the token of the next page. Raises NotAllowed or InvalidValue."""
        must_read_audit_log(by)
        size = page_size_from(page_size, default=50, largest=200)
        found = await self._log.find(query, AuditCursor.parse(page_token), size + 1)
        token = AuditCursor.of(found[size - 1]).token() if len(found) > size else ""
        return await self._named(by, found[:size]), token

    async def export(self, by: Actor, query: AuditQuery, format: str) -> AsyncIterator[list[NamedEntry]]:
        """All entries of the query, newest first, some at a time. The export is an entry of its own, which is kept first."""
        must_read_audit_log(by)
        filters = {"kind": query.kind or "", "person_id": query.person_id, "since": query.since or "", "until": query.until or ""}
        wanted = [AuditChange(name, after=str(value)) for name, value in {"format": format, **filters}.items() if value]
        exported = AuditEntry(
            id=f"export:{new_id()}",
            desk_id=by.desk_id,
            at=self._clock.now(),
            kind=AuditKind.EXPORT,
            action=AuditAction.EXPORTED,
            by_id=by.id,
            subject=AuditSubject.AUDIT_LOG,
            subject_id=by.desk_id,
            changes=tuple(wanted),
        )
        await self.keep(exported)
        below: AuditCursor | None = None
        while found := await self._log.find(query, below, EXPORTED_AT_ONCE):
            yield await self._named(by, found)
            below = AuditCursor.of(found[-1])

    async def _named(self, by: Actor, entries: Sequence[AuditEntry]) -> list[NamedEntry]:
        subjects = {entry.id: key_of(_KINDS[entry.subject], entry.subject_id) for entry in entries if entry.subject in _KINDS}
        people = {entry.id: key_of(Kind.PERSON, entry.by_id) for entry in entries}
        found = await self._directory.entries({*subjects.values(), *people.values()})
        names = {entry.key: entry.content.name for entry in found if by.is_of(entry.content.desk_id)}
        return [NamedEntry(entry, names.get(people[entry.id], ""), names.get(subjects.get(entry.id, ""), "")) for entry in entries]


class AuditSweep:
    """Removes entries of the audit log when they are older than `kept_for`. Any replica may run it at any time."""

    def __init__(self, audit_log: AuditLog, clock: Clock, metrics: Metrics, kept_for: timedelta) -> None:
        self._log, self._clock, self._kept_for = audit_log, clock, kept_for
        self._removed = metrics.counter("audit_entries_swept_total", "Entries of the audit log that were removed because of their age")

    async def run(self) -> None:
        while True:
            await self.once()
            await self._clock.sleep(SWEEP_EVERY_SECONDS)

    async def once(self) -> None:
        self._removed.inc(await self._log.remove(self._clock.now() - self._kept_for))
