"""What engineers' access, presence and wish for Web Push were: one entry for each change, in `engineer_history`.

An entry is saved before the change itself. Its id has the revision, so a repeat after a crash adds nothing. `until` is when the next entry
replaced it, so the entry that still applies is never deleted, however old it is.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateMany
from pymongo.errors import BulkWriteError

from servicekit.moments import to_ms
from servicekit.mongo import Database, Document, is_duplicate

COLLECTION = "engineer_history"
INDEXES = [IndexModel([("person_id", ASCENDING), ("at", ASCENDING)]), IndexModel([("until", ASCENDING)])]
# The most entries of one engineer and kind whose revisions count by one, give or take TRIM_EVERY.
MAX_KEPT, TRIM_EVERY = 2000, 100


class Kind(StrEnum):
    """What changed. The revisions of ACCESS are the directory's, which may leave out numbers."""

    ACCESS = "access"
    PRESENCE = "presence"
    PUSH = "push"


class EngineerHistory:
    """Raises errors of the store as they are; MongoEngineers converts them."""

    def __init__(self, database: Database[Document]) -> None:
        self._entries = database[COLLECTION]

    async def record(self, entries: Sequence[Document]) -> None:
        """Each earlier entry gets its `until` by a second write. After a crash between the two it gets it with the next change."""
        try:
            await self._entries.insert_many(entries, ordered=False)
        except BulkWriteError as error:
            if not is_duplicate(error):
                raise
        await self._entries.bulk_write([_ended(entry) for entry in entries], ordered=False)
        for entry in entries:
            if entry["kind"] != Kind.ACCESS and entry["revision"] % TRIM_EVERY == 0:
                oldest = {"$lte": entry["revision"] - MAX_KEPT}
                await self._entries.delete_many({"person_id": {"$eq": entry["person_id"]}, "kind": entry["kind"], "revision": oldest})

    async def before(self, person_id: str, kind: Kind, moment: datetime) -> Any:
        """The value of the latest entry before the moment; None without one."""
        return await self._value(person_id, kind, {"$lt": to_ms(moment)}, DESCENDING)

    async def after(self, person_id: str, kind: Kind, moment: datetime) -> Any:
        """The value of the first entry that is not before the moment; None without one."""
        return await self._value(person_id, kind, {"$gte": to_ms(moment)}, ASCENDING)

    async def forget(self, before: datetime) -> None:
        """Deletes what was replaced before that moment."""
        await self._entries.delete_many({"until": {"$lt": to_ms(before)}})

    async def _value(self, person_id: str, kind: Kind, at: Document, direction: int) -> Any:
        condition = {"person_id": {"$eq": person_id}, "at": at, "kind": kind.value}
        entry = await self._entries.find_one(condition, sort=[("at", direction)])
        return entry["value"] if entry else None


def entry(person_id: str, kind: Kind, revision: int, at: datetime, value: Any) -> Document:
    id = f"{person_id}:{kind.value}:{revision}"
    return {"_id": id, "person_id": person_id, "kind": kind.value, "revision": revision, "at": to_ms(at), "until": None, "value": value}


def _ended(by: Document) -> UpdateMany:
    """Those that this entry replaces."""
    replaced = {"person_id": by["person_id"], "kind": by["kind"], "revision": {"$lt": by["revision"]}, "until": None}
    return UpdateMany(replaced, {"$set": {"until": by["at"]}})
