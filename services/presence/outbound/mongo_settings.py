"""Presence's desk settings in MongoDB. An audit entry holds all settings after the change."""

from collections.abc import Callable

from servicekit.clock import Clock
from servicekit.kafka_records import Record
from servicekit.mongo import Database, Document
from servicekit.mongo_desk_settings import MongoDeskSettings
from services.presence.domain.desk_settings import DeskSettings
from services.presence.domain.errors import VersionConflict


class MongoSettings(MongoDeskSettings[DeskSettings]):
    """The port SettingsStore. `record_of` makes the record that publishes a desk's new version."""

    def __init__(self, database: Database[Document], defaults: DeskSettings, clock: Clock, record_of: Callable[[str, int], Record]) -> None:
        super().__init__(
            database,
            clock,
            encode=lambda settings: {"away_after": settings.away_after},
            decode=lambda document: DeskSettings(document["away_after"]) if document else defaults,
            changed=lambda before, after: {"settings": after},
            record_of=record_of,
            conflict=VersionConflict,
            service="presence",
        )
