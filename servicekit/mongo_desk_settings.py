"""Desk settings in MongoDB: collection `settings`, one document for each desk with its audit trail and its outbox.

The change, its audit entry, its event and its record for the audit log (servicekit/audit.py) are one write. The audit trail is oldest
first, each entry as text. The oldest entries are dropped when they are too many or too large, because the store rejects documents above
its size limit.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from itertools import accumulate, takewhile
from typing import Protocol, TypeVar

from pymongo.errors import DuplicateKeyError

from servicekit.audit import settings_record
from servicekit.clock import Clock
from servicekit.desk_settings import CachedSettings
from servicekit.kafka_records import Record
from servicekit.moments import to_ms
from servicekit.mongo import Database, Document, MongoOutbox, store_errors
from servicekit.outbox import new_with_records, with_records

S = TypeVar("S")
COLLECTION = "settings"
INDEXES = [MongoOutbox.index]
MAX_AUDITED = 500
# The limit of a document is 16 MB. The largest settings take about 3 MB, and so does the largest entry.
MAX_BYTES = 4_000_000


class Author(Protocol):
    """The person who changes settings."""

    @property
    def id(self) -> str: ...


class MongoDeskSettings(CachedSettings[S]):
    """The settings of one service. Every method raises Unavailable when the store does not answer.

    `decode` adds defaults; it gets {} for a desk without settings. `changed` returns the fields of an audit entry from the encoded
    settings before and after. `record_of` returns the record that publishes a desk's new version. `conflict` is the class of the error
    for a change of an outdated version. `service` names the settings in the audit log, which compares what `flat` makes of them.
    """

    def __init__(
        self,
        database: Database[Document],
        clock: Clock,
        *,
        encode: Callable[[S], Document],
        decode: Callable[[Document], S],
        changed: Callable[[Document, Document], Document],
        record_of: Callable[[str, int], Record],
        conflict: Callable[..., Exception],
        service: str,
        flat: Callable[[Document], Document] = lambda settings: settings,
    ) -> None:
        super().__init__(self._read_settings, clock)
        self._collection = database[COLLECTION]
        self._encode, self._decode, self._changed, self._record_of = encode, decode, changed, record_of
        self._service, self._flat = service, flat
        self._conflict = partial(conflict, "The settings were changed meanwhile; read them again.", field="version")
        self.outbox = MongoOutbox(self._collection)
        # By desk, with their version.
        self._loaded: dict[str, tuple[int, S]] = {}

    async def version_of(self, desk_id: str) -> int:
        """0 for a desk without settings."""
        with store_errors():
            found = await self._collection.find_one({"_id": desk_id}, {"version": 1}) or {}
        return int(found.get("version", 0))

    async def update(self, desk_id: str, settings: S, version: int, by: Author, at: datetime) -> int:
        """Returns the new version. A repeat, whose first answer was lost, changes nothing and returns it again. Raises the conflict, and
        changes nothing, when `version` is not the current one."""
        new, values = version + 1, self._encode(settings)
        with store_errors():
            before = await self._audited(desk_id)
            if before.get("version", 0) == version and await self._save(desk_id, before, values, by, at):
                self.forget(desk_id)
                self.outbox.wake()
                return new
            # Another change was first, or the first try of this one.
            if not self._is(await self._audited(desk_id), new, values, by):
                raise self._conflict()
            return new

    async def _audited(self, desk_id: str) -> Document:
        return await self._collection.find_one({"_id": desk_id}, {"settings": 1, "version": 1, "audit": 1}) or {}

    async def _save(self, desk_id: str, before: Document, values: Document, by: Author, at: datetime) -> bool:
        """Whether the document was still `before`."""
        version, old = before.get("version", 0), self._complete(before)
        audited = settings_record(self._service, desk_id, version + 1, by.id, at, self._flat(old), self._flat(values))
        records = [audited, self._record_of(desk_id, version + 1)]
        entry = audit_entry(version + 1, by, at, self._changed(old, values))
        if version == 0:
            document = {"_id": desk_id, "version": 1, "settings": values, "audit": [entry]}
            try:
                await self._collection.insert_one(new_with_records(document, records))
            except DuplicateKeyError:
                return False
            return True
        change: dict[str, Document] = {
            "$set": {"version": version + 1, "settings": values},
            "$push": {"audit": {"$each": [entry], "$slice": -entries_to_keep(before.get("audit", ()), entry)}},
        }
        # Settings and audit only change together with the version.
        done = await self._collection.update_one({"_id": desk_id, "version": version}, with_records(change, records))
        return bool(done.matched_count)

    def _is(self, stored: Document, version: int, values: Document, by: Author) -> bool:
        """Whether the stored version is this one, with these settings, by this author."""
        return stored.get("version") == version and self._complete(stored) == values and json.loads(stored["audit"][-1])["by"] == by.id

    def _complete(self, stored: Document) -> Document:
        """The stored settings with the fields that were added since."""
        return self._encode(self._decode(stored.get("settings", {})))

    async def desks(self) -> list[str]:
        """Every desk that has settings of its own."""
        with store_errors():
            return [document["_id"] for document in await self._collection.find({}, {"_id": 1}).to_list(None)]

    async def _read_settings(self, desk_id: str) -> S:
        loaded = self._loaded.get(desk_id)
        # Settings may take 3 MB, so they are loaded again only when they have changed.
        if loaded is None or loaded[0] != await self.version_of(desk_id):
            with store_errors():
                found = await self._collection.find_one({"_id": desk_id}, {"settings": 1, "version": 1}) or {}
            loaded = self._loaded[desk_id] = (int(found.get("version", 0)), self._decode(found.get("settings", {})))
        return loaded[1]


def audit_entry(version: int, by: Author, at: datetime, changed: Document) -> str:
    """Returns text, because not every store can push a document. It names the author by id, so that erasing them need not change it."""
    return json.dumps({"version": version, "at": to_ms(at), "by": by.id, **changed})


def entries_to_keep(audit: Sequence[str], newest: str) -> int:
    """How many of the latest entries the document keeps, including `newest`."""
    sizes = accumulate(len(entry.encode()) for entry in (newest, *reversed(audit)))
    return max(1, min(MAX_AUDITED, sum(1 for _ in takewhile(lambda size: size <= MAX_BYTES, sizes))))
