"""Notify's desk settings in MongoDB. An audit entry holds all settings after the change."""

from collections.abc import Callable
from dataclasses import asdict

from servicekit.clock import Clock
from servicekit.kafka_records import Record
from servicekit.mongo import Database, Document
from servicekit.mongo_desk_settings import MongoDeskSettings
from services.notify.domain.desk_settings import AlertSettings
from services.notify.domain.errors import VersionConflict


class MongoSettings(MongoDeskSettings[AlertSettings]):
    """The port SettingsStore. `record_of` makes the record that publishes a desk's new version."""

    def __init__(self, database: Database[Document], clock: Clock, record_of: Callable[[str, int], Record]) -> None:
        super().__init__(
            database,
            clock,
            encode=asdict,
            decode=lambda document: AlertSettings(**document),
            changed=lambda before, after: {"settings": after},
            record_of=record_of,
            conflict=VersionConflict,
            service="notify",
        )
