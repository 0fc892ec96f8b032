"""What chat hears from its own topic: that a desk's settings changed at some replica. The rest of the topic is passed over by header."""

from parley.chat.v1 import chat_pb2 as pb
from servicekit.desk_settings import SettingsChanges
from servicekit.kafka_records import Received


class SettingsEvents:
    def __init__(self, changes: SettingsChanges) -> None:
        self._changes = changes

    def heard(self, record: Received) -> None:
        if record.headers.get("kind") == "settings_changed":
            self._changes.changed(pb.ChatSettingsChanged.FromString(record.value).desk_id)
