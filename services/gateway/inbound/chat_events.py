"""parley.chat.v1: what happens in sessions."""

from parley.chat.v1 import chat_pb2 as chat
from servicekit.kafka_records import Received
from services.gateway.domain.live_cards import Growth
from services.gateway.handlers.desk_cards import facts_of
from services.gateway.handlers.session_news import News, SessionNews
from services.gateway.inbound.shaping import card_frames, entry_frames

# A desk's settings are asked for when they are needed, and a session that was voided never was: no page holds either.
NO_NEWS = frozenset({"settings_changed", "session_voided"})


class ChatEvents:
    """Decides by the headers whether anybody here is concerned, and decodes only then."""

    def __init__(self, news: SessionNews) -> None:
        self._news = news

    def heard(self, record: Received) -> int:
        """Says how many frames were sent."""
        headers = record.headers
        if headers.get("kind") in NO_NEWS or not self._news.concerns(headers.get("desk", "")):
            return 0
        growth = growth_of(record) if headers.get("card") == "same" else None
        if growth and self._news.grew_unread(growth, headers.get("people", "").split(",")):
            return 0
        changed = chat.SessionChanged.FromString(record.value)
        return self._news.heard(News(facts_of(changed.card), growth, entry_frames(changed.entry), card_frames(changed.card)))


def growth_of(record: Received) -> Growth:
    """Of a record whose headers say that its card is the same."""
    headers = record.headers
    return Growth(headers["desk"], record.key, int(headers["revision"]), int(headers["at"]))
