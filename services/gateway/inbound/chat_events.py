"""parley.chat.v1: what happens in sessions."""

from parley.chat.v1 import chat_pb2 as chat
from servicekit.kafka_records import Received
from services.gateway.handlers.desk_cards import facts_of
from services.gateway.handlers.session_news import News, SessionNews
from services.gateway.inbound.shaping import card_frames, entry_frames


class ChatEvents:
    """Decides by the headers whether anybody here is concerned, and decodes only then."""

    def __init__(self, news: SessionNews) -> None:
        self._news = news

    def heard(self, record: Received) -> int:
        """Says how many frames were sent."""
        # A desk's settings are asked for when they are needed; no page holds them.
        if record.headers.get("kind") == "settings_changed" or not self._news.concerns(record.headers.get("desk", "")):
            return 0
        changed = chat.SessionChanged.FromString(record.value)
        return self._news.heard(News(facts_of(changed.card), entry_frames(changed.entry), card_frames(changed.card)))
