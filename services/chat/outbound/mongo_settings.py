"""Desk settings in MongoDB: collection `settings`, one document for each desk with its audit trail and its outbox.

The change, its audit entry and its event are one write.

The audit trail holds who changed what from what to what, oldest first, each entry as text. A document has a largest size, and one beyond it
would make every further change fail: so an entry holds differences only, and the oldest entries are dropped when they are too many or too
large.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate, takewhile
from typing import Any

from pymongo.errors import DuplicateKeyError

from servicekit.clock import Clock
from servicekit.desk_settings import CachedSettings
from servicekit.mongo import Mongo, MongoOutbox, store_errors
from servicekit.outbox import Relay, new_with_facts, with_facts
from services.chat.domain.errors import VersionConflict
from services.chat.domain.people import Person
from services.chat.domain.settings import ChatSettings
from services.chat.outbound.documents import Document, milliseconds, settings_from_document, settings_to_document
from services.chat.outbound.session_records import settings_record

COLLECTION = "settings"
INDEXES = [MongoOutbox.index]
MOST_AUDITED = 500
# A document may have 16 MB. The largest settings take about 3 MB, and so does the largest entry.
MOST_BYTES = 4_000_000
# Lists of (id, allowed): an edit changes one or two among thousands.
PAIRS = ("companies", "customers")


class MongoSettings:
    """The port SettingsStore."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._collection = mongo.database[COLLECTION]
        self._cache = CachedSettings(self._set_by, clock)
        self.outbox = MongoOutbox(self._collection)
        self._relay: Relay | None = None

    def wakes(self, relay: Relay) -> None:
        """Sets the relay that publishes our outbox."""
        self._relay = relay

    def forget(self, desk_id: str) -> None:
        """Drops the cached settings of a desk."""
        self._cache.forget(desk_id)

    async def of(self, desk_id: str) -> ChatSettings:
        return await self._cache.of(desk_id)

    async def version_of(self, desk_id: str) -> int:
        return int((await self._read(desk_id)).get("version", 0))

    async def update(self, desk_id: str, settings: ChatSettings, version: int, by: Person, at: datetime) -> int:
        new, values = version + 1, settings_to_document(settings)
        records = [settings_record(desk_id, new)]
        with store_errors():
            before = await self._collection.find_one({"_id": desk_id}, {"settings": 1, "version": 1, "audit": 1}) or {}
            if before.get("version", 0) != version:
                raise _conflict()
            entry = audited(new, by, at, settings_to_document(settings_from_document(before.get("settings", {}))), values)
            if version == 0:
                document = {"_id": desk_id, "version": new, "settings": values, "audit": [entry]}
                try:
                    await self._collection.insert_one(new_with_facts(document, records))
                except DuplicateKeyError:
                    raise _conflict() from None
            else:
                change: dict[str, Document] = {
                    "$set": {"version": new, "settings": values},
                    "$push": {"audit": {"$each": [entry], "$slice": -kept(before.get("audit", ()), entry)}},
                }
                # The version guards what was read: settings and audit change only with it.
                done = await self._collection.update_one({"_id": desk_id, "version": version}, with_facts(change, records))
                if not done.matched_count:
                    raise _conflict()
        self.forget(desk_id)
        if self._relay is not None:
            self._relay.wake()
        return new

    async def desks(self) -> list[str]:
        """Every desk that has settings of its own."""
        with store_errors():
            return [document["_id"] for document in await self._collection.find({}, {"_id": 1}).to_list(None)]

    async def _set_by(self, desk_id: str) -> ChatSettings:
        return settings_from_document((await self._read(desk_id)).get("settings", {}))

    async def _read(self, desk_id: str) -> Document:
        with store_errors():
            return await self._collection.find_one({"_id": desk_id}, {"settings": 1, "version": 1}) or {}


def _conflict() -> VersionConflict:
    return VersionConflict("The settings were changed meanwhile; read them again.", field="version")


def audited(version: int, by: Person, at: datetime, before: Document, after: Document) -> str:
    """As text: not every store can push a document."""
    changed = {field: _difference(field, before.get(field), after[field]) for field in after if before.get(field) != after[field]}
    return json.dumps({"version": version, "at": milliseconds(at), "by": by.id, "by_name": by.name, "changed": changed})


def kept(audit: Sequence[str], newest: str) -> int:
    """How many of the latest entries, the newest included, the document keeps."""
    sizes = accumulate(len(entry.encode()) for entry in (newest, *reversed(audit)))
    return max(1, min(MOST_AUDITED, sum(1 for _ in takewhile(lambda size: size <= MOST_BYTES, sizes))))


def _difference(field: str, before: Any, after: Any) -> Any:
    """[before, after]; for the lists of pairs {id: [before, after]} of those that differ, null = not listed."""
    if field not in PAIRS:
        return [before, after]
    old, new = dict(before or ()), dict(after)
    return {id: [old.get(id), new.get(id)] for id in sorted(old.keys() | new.keys()) if old.get(id) != new.get(id)}
