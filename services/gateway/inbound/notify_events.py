"""parley.notify.v1: alert cards that come and go. The key is the engineer."""

from parley.notify.v1 import notify_pb2 as notify
from servicekit.kafka_records import Received
from services.gateway.handlers.alert_and_ticket_updates import AlertUpdates


class NotifyEvents:
    def __init__(self, updates: AlertUpdates) -> None:
        self._updates = updates

    def consume(self, record: Received) -> int:
        """Says how many frames were sent."""
        desk_id, person_id = record.headers.get("desk", ""), record.key
        if not self._updates.concerns(desk_id, person_id):
            return 0
        return self._updates.publish(desk_id, person_id, notify.NotifyEvent.FromString(record.value))
