"""parley.presence.v1: who came, went, became idle. The key is the person."""

from parley.presence.v1 import presence_pb2 as presence
from servicekit.kafka_records import Received
from services.gateway.handlers.presence_news import PresenceNews


class PresenceEvents:
    def __init__(self, news: PresenceNews) -> None:
        self._news = news

    def heard(self, record: Received) -> int:
        """Says how many people's news were taken; they are sent a moment later, together."""
        if not record.value or not self._news.concerns(record.headers.get("desk", ""), record.key):
            return 0
        self._news.heard(presence.PresenceChanged.FromString(record.value).presence)
        return 1
