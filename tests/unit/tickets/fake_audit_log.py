"""The audit log in memory. It passes the tests of the real adapter (tests/adapters/tickets/test_audit_log.py)."""

from dataclasses import replace
from datetime import datetime

from services.tickets.domain.audit import AuditCursor, AuditEntry, AuditQuery


class FakeAuditLog:
    def __init__(self) -> None:
        self.kept: dict[str, AuditEntry] = {}

    async def add(self, entry: AuditEntry) -> bool:
        return self.kept.setdefault(entry.id, entry) is entry

    async def find(self, query: AuditQuery, below: AuditCursor | None, size: int) -> list[AuditEntry]:
        found = sorted((entry for entry in self.kept.values() if query.finds(entry)), key=lambda entry: (entry.at, entry.id), reverse=True)
        return [e for e in found if below is None or (AuditCursor.of(e).at_ms, e.id) < (below.at_ms, below.id)][:size]

    async def remove(self, before: datetime) -> int:
        old = [entry.id for entry in self.kept.values() if entry.at < before]
        for id in old:
            del self.kept[id]
        return len(old)

    async def forget_addresses(self, desk_id: str, person_id: str) -> int:
        own = [entry for entry in self.kept.values() if (entry.desk_id, entry.by_id) == (desk_id, person_id) and entry.address]
        self.kept |= {entry.id: replace(entry, address="") for entry in own}
        return len(own)
