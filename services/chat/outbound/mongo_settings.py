"""What desks have set, in MongoDB: collection `settings`, one document for each desk with its audit trail and its facts to say.

The change, the entry of the audit log and the event that others hear are one write.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from servicekit.clock import Clock
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
# A change elsewhere is heard as an event; should that be late, this is how long the old settings hold at most.
KNOWN_FOR = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class _Known:
    settings: ChatSettings
    version: int
    until: datetime


class MongoSettings:
    """The port SettingsStore."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._collection = mongo.database[COLLECTION]
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self.outbox = MongoOutbox(self._collection)
        self._relay: Relay | None = None

    def wakes(self, relay: Relay) -> None:
        """The relay that says the events of our outbox."""
        self._relay = relay

    def forget(self, desk_id: str = "") -> None:
        """They have changed; with no desk: any may have."""
        if desk_id:
            self._known.pop(desk_id, None)
        else:
            self._known.clear()

    async def of(self, desk_id: str) -> ChatSettings:
        known = self._known.get(desk_id)
        if known is None or known.until <= self._clock.now():
            known = self._known[desk_id] = await self._read(desk_id)
        return known.settings

    async def version_of(self, desk_id: str) -> int:
        return (await self._read(desk_id)).version

    async def update(self, desk_id: str, settings: ChatSettings, version: int, by: Person, at: datetime) -> int:
        new = version + 1
        values = settings_to_document(settings)
        # As text: not every store can push anything richer.
        audit = json.dumps({"version": new, "at": milliseconds(at), "by": by.id, "by_name": by.name, "settings": values})
        said = [settings_record(desk_id, new)]
        with store_errors():
            if version == 0:
                document = {"_id": desk_id, "version": new, "settings": values, "audit": [audit]}
                try:
                    await self._collection.insert_one(new_with_facts(document, said))
                except DuplicateKeyError:
                    raise _conflict() from None
            else:
                change: dict[str, Document] = {
                    "$set": {"version": new, "settings": values},
                    "$push": {"audit": {"$each": [audit], "$slice": -MOST_AUDITED}},
                }
                done = await self._collection.update_one({"_id": desk_id, "version": version}, with_facts(change, said))
                if not done.matched_count:
                    raise _conflict()
        self.forget(desk_id)
        if self._relay is not None:
            self._relay.wake()
        return new

    async def _read(self, desk_id: str) -> _Known:
        with store_errors():
            document = await self._collection.find_one({"_id": desk_id}, {"settings": 1, "version": 1}) or {}
        settings = settings_from_document(document.get("settings", {}))
        return _Known(settings, int(document.get("version", 0)), self._clock.now() + KNOWN_FOR)


def _conflict() -> VersionConflict:
    return VersionConflict("The settings were changed meanwhile; read them again.", field="version")
