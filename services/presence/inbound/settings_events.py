"""That a desk's settings changed at some replica, for each replica to obey."""

from parley.presence.v1 import presence_pb2 as pb
from servicekit.desk_settings import SettingsChanges
from servicekit.kafka_records import Received


class SettingsEvents:
    def __init__(self, changes: SettingsChanges) -> None:
        self._changes = changes

    def consume(self, record: Received) -> None:
        self._changes.changed(pb.PresenceSettingsChanged.FromString(record.value).desk_id)

    def jumped(self) -> None:
        self._changes.jumped()
