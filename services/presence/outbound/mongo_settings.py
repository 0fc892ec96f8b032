"""What desks have set: one document each, in `settings`, with its audit log and what must be announced."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from servicekit.clock import Clock
from servicekit.identity import Caller
from servicekit.kafka_records import Record
from servicekit.mongo import Database, Document, MongoOutbox, store_errors
from servicekit.outbox import Relay, new_with_facts, with_facts
from services.presence.domain.errors import VersionConflict
from services.presence.domain.settings import DeskSettings
from services.presence.outbound.moments import saved

COLLECTION = "settings"
INDEXES = [MongoOutbox.index]
MOST_AUDITED = 500
# A change elsewhere is heard as an event; should that be late, this is how long the old settings hold at most.
KNOWN_FOR = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class _Known:
    settings: DeskSettings
    version: int
    until: datetime


class MongoSettings:
    """The port SettingsStore. `record_of` makes the announcement of a desk's new version."""

    def __init__(self, database: Database[Document], defaults: DeskSettings, clock: Clock, record_of: Callable[[str, int], Record]) -> None:
        self._settings, self._defaults, self._clock, self._record_of = database[COLLECTION], defaults, clock, record_of
        self._known: dict[str, _Known] = {}
        self._changes = 0
        self._relay: Relay | None = None

    def wakes(self, relay: Relay) -> None:
        """Whoever says what was saved."""
        self._relay = relay

    def forget(self, desk_id: str) -> None:
        """They have changed."""
        self._changes += 1
        self._known.pop(desk_id, None)

    async def of(self, desk_id: str) -> DeskSettings:
        known, changes = self._known.get(desk_id), self._changes
        if known is None or known.until <= self._clock.now():
            known = await self._read(desk_id)
            # What was read while they changed may be the old ones; it serves this once and is not kept.
            if changes == self._changes:
                self._known[desk_id] = known
        return known.settings

    async def version_of(self, desk_id: str) -> int:
        return (await self._read(desk_id)).version

    async def update(self, desk_id: str, settings: DeskSettings, version: int, by: Caller, at: datetime) -> int:
        new, values = version + 1, {"away_after": settings.away_after}
        # As text: not every store can push anything richer.
        audited = json.dumps({"version": new, "at": saved(at), "by": by.id, "by_name": by.name, "settings": values})
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

    async def _read(self, desk_id: str) -> _Known:
        with store_errors():
            document = await self._settings.find_one({"_id": desk_id}, {"settings": 1, "version": 1}) or {}
        settings = DeskSettings(document["settings"]["away_after"]) if document else self._defaults
        return _Known(settings, document.get("version", 0), self._clock.now() + KNOWN_FOR)


def _conflict() -> VersionConflict:
    return VersionConflict("The settings were changed meanwhile; read them again", field="version")
