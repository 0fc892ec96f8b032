"""Desk settings: one document each, in `settings`, with the audit log and the events to publish."""

import json
from collections.abc import Callable
from datetime import datetime

from pymongo.errors import DuplicateKeyError

from servicekit.clock import Clock
from servicekit.desk_settings import CachedSettings
from servicekit.identity import Caller
from servicekit.kafka_records import Record
from servicekit.moments import to_ms
from servicekit.mongo import Database, Document, MongoOutbox, store_errors
from servicekit.outbox import Relay, new_with_facts, with_facts
from services.presence.domain.errors import VersionConflict
from services.presence.domain.presence import DeskSettings

COLLECTION = "settings"
INDEXES = [MongoOutbox.index]
MOST_AUDITED = 500


class MongoSettings:
    """The port SettingsStore. `record_of` makes the record that publishes a desk's new version."""

    def __init__(self, database: Database[Document], defaults: DeskSettings, clock: Clock, record_of: Callable[[str, int], Record]) -> None:
        self._settings, self._defaults, self._record_of = database[COLLECTION], defaults, record_of
        self._cache = CachedSettings(self._set_by, clock)
        self._relay: Relay | None = None

    def wakes(self, relay: Relay) -> None:
        """`relay` publishes what is saved here."""
        self._relay = relay

    def forget(self, desk_id: str) -> None:
        """Drops the desk's cached settings."""
        self._cache.forget(desk_id)

    async def of(self, desk_id: str) -> DeskSettings:
        return await self._cache.of(desk_id)

    async def version_of(self, desk_id: str) -> int:
        return int((await self._read(desk_id)).get("version", 0))

    async def update(self, desk_id: str, settings: DeskSettings, version: int, by: Caller, at: datetime) -> int:
        new, values = version + 1, {"away_after": settings.away_after}
        # As text: not every store can push a document.
        audited = json.dumps({"version": new, "at": to_ms(at), "by": by.id, "by_name": by.name, "settings": values})
        records = [self._record_of(desk_id, new)]
        with store_errors():
            if version == 0:
                try:
                    document = {"_id": desk_id, "version": new, "settings": values, "audit": [audited]}
                    await self._settings.insert_one(new_with_facts(document, records))
                except DuplicateKeyError:
                    raise _conflict() from None
            else:
                change: dict[str, Document] = {
                    "$set": {"version": new, "settings": values},
                    "$push": {"audit": {"$each": [audited], "$slice": -MOST_AUDITED}},
                }
                done = await self._settings.update_one({"_id": desk_id, "version": version}, with_facts(change, records))
                if not done.matched_count:
                    raise _conflict()
        self.forget(desk_id)
        if self._relay is not None:
            self._relay.wake()
        return new

    async def desks(self) -> list[str]:
        with store_errors():
            return [document["_id"] for document in await self._settings.find({}, {"_id": 1}).to_list(None)]

    async def _set_by(self, desk_id: str) -> DeskSettings:
        document = await self._read(desk_id)
        return DeskSettings(document["settings"]["away_after"]) if document else self._defaults

    async def _read(self, desk_id: str) -> Document:
        with store_errors():
            return await self._settings.find_one({"_id": desk_id}, {"settings": 1, "version": 1}) or {}


def _conflict() -> VersionConflict:
    return VersionConflict("The settings were changed meanwhile; read them again", field="version")
