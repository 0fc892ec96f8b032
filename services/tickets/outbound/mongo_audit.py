"""The audit log in MongoDB: one document for each entry, under the entry's id.

Each list has a text of its own, which holds what the list compares and then the time, because the embedded store uses only the first field
of an index. The sweep removes entries by `at`.
"""

from datetime import datetime

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from servicekit.documents import DocumentConverter
from servicekit.moments import to_ms
from servicekit.mongo import Document, Mongo, store_errors
from services.tickets.domain.audit import AuditCursor, AuditEntry, AuditQuery, AuditSubject

COLLECTION = "audit"
INDEXES = {
    COLLECTION: [
        IndexModel([("listed.desk", ASCENDING)]),
        IndexModel([("listed.kind", ASCENDING)]),
        IndexModel([("listed.by", ASCENDING), ("kind", ASCENDING)]),
        IndexModel([("listed.about", ASCENDING), ("kind", ASCENDING)]),
        IndexModel([("at", ASCENDING)]),
    ]
}

_converter = DocumentConverter()
_converter.rename(AuditEntry, id="_id")


class MongoAuditLog:
    """The port AuditLog."""

    def __init__(self, mongo: Mongo) -> None:
        self._entries = mongo.database[COLLECTION]

    async def add(self, entry: AuditEntry) -> bool:
        end = (_moment(to_ms(entry.at)), entry.id)
        listed = {
            "desk": _key(entry.desk_id, *end),
            "kind": _key(entry.desk_id, entry.kind, *end),
            "by": _key(entry.desk_id, entry.by_id, *end),
        }
        if entry.subject is AuditSubject.PERSON and entry.subject_id != entry.by_id:
            listed["about"] = _key(entry.desk_id, entry.subject_id, *end)
        with store_errors():
            try:
                await self._entries.insert_one({**_converter.unstructure(entry), "listed": listed})
            except DuplicateKeyError:
                return False
        return True

    async def find(self, query: AuditQuery, below: AuditCursor | None, size: int) -> list[AuditEntry]:
        desk, kind = query.desk_id, query.kind
        if query.person_id:
            # Two ranges, because no index serves an alternative. An entry is in one of them.
            more: Document = {"kind": kind.value} if kind else {}
            ranges = [(f"listed.{field}", _key(desk, query.person_id, ""), more) for field in ("by", "about")]
        elif kind:
            ranges = [("listed.kind", _key(desk, kind, ""), {})]
        else:
            ranges = [("listed.desk", _key(desk, ""), {})]
        found = [entry for field, start, more in ranges for entry in await self._range(field, start, more, query, below, size)]
        found.sort(key=lambda entry: (to_ms(entry.at), entry.id), reverse=True)
        return found[:size]

    async def remove(self, before: datetime) -> int:
        with store_errors():
            return int((await self._entries.delete_many({"at": {"$lt": to_ms(before)}})).deleted_count)

    async def forget_addresses(self, desk_id: str, person_id: str) -> int:
        start = _key(desk_id, person_id, "")
        # A digit is below ":", so the range has every moment.
        condition = {"listed.by": {"$gte": start, "$lt": start + ":"}, "address": {"$gt": ""}}
        with store_errors():
            return int((await self._entries.update_many(condition, {"$set": {"address": ""}})).modified_count)

    async def _range(
        self, field: str, start: str, more: Document, query: AuditQuery, below: AuditCursor | None, size: int
    ) -> list[AuditEntry]:
        # A digit is below ":", so this is above every moment.
        ends = [start + ":"]
        if query.until:
            ends.append(start + _moment(to_ms(query.until)))
        if below:
            ends.append(_key(start + _moment(below.at_ms), below.id))
        condition = {field: {"$gte": start + (_moment(to_ms(query.since)) if query.since else ""), "$lt": min(ends)}, **more}
        with store_errors():
            rows = await self._entries.find(condition).sort(field, DESCENDING).limit(size).to_list(size)
        return [_converter.structure(row, AuditEntry) for row in rows]


def _moment(milliseconds: int) -> str:
    """Texts of equal length, so that their order is that of time."""
    return f"{max(milliseconds, 0):015d}"


def _key(*parts: str) -> str:
    return "\n".join(parts)
