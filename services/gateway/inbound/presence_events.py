"""parley.presence.v1: who came, went, became idle, and whose connections an admin ended."""

from parley.presence.v1 import presence_pb2 as presence
from servicekit.kafka_records import Received
from services.gateway.handlers.ended_connections import EndedConnections
from services.gateway.handlers.presence_updates import PresenceUpdates


class PresenceEvents:
    def __init__(self, updates: PresenceUpdates, ended: EndedConnections) -> None:
        self._updates, self._ended = updates, ended

    def consume(self, record: Received) -> int:
        """Says how many people's news were taken, which are sent a moment later, together; or how many sockets were closed."""
        desk_id, person_id = record.headers.get("desk", ""), record.headers.get("people", "")
        kind = record.headers.get("kind")
        if kind == "connections_ended" and self._ended.concerns(desk_id, person_id):
            return self._ended.end(presence.ConnectionsEnded.FromString(record.value).connection_ids)
        if kind != "presence_changed" or not self._updates.concerns(desk_id, person_id):
            return 0
        self._updates.received(presence.PresenceChanged.FromString(record.value).presence)
        return 1
