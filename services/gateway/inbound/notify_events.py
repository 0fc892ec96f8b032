"""parley.notify.v1: alert cards that come and go. The key is the engineer."""

from parley.notify.v1 import notify_pb2 as notify
from servicekit.kafka_records import Received
from services.gateway.handlers.other_news import AlertNews


class NotifyEvents:
    def __init__(self, news: AlertNews) -> None:
        self._news = news

    def heard(self, record: Received) -> int:
        """Says how many frames were sent."""
        desk_id, person_id = record.headers.get("desk", ""), record.key
        if not self._news.concerns(desk_id, person_id):
            return 0
        return self._news.heard(desk_id, person_id, notify.NotifyEvent.FromString(record.value))
