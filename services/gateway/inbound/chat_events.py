"""parley.chat.v1: what happens in sessions."""

from parley.chat.v1 import chat_pb2 as chat
from servicekit.kafka_records import Received
from services.gateway.domain.live_cards import CardBump
from services.gateway.handlers.desk_cards import facts_of
from services.gateway.handlers.session_updates import SessionUpdate, SessionUpdates
from services.gateway.inbound.shaping import card_frames, entry_frames

# A desk's settings are asked for when they are needed, and a session that was voided never was: no page holds either.
IGNORED_KINDS = frozenset({"settings_changed", "session_voided"})


class ChatEvents:
    """Decides by the headers whether anybody here is concerned, and decodes only then."""

    def __init__(self, updates: SessionUpdates) -> None:
        self._updates = updates

    def consume(self, record: Received) -> int:
        """Says how many frames were sent."""
        headers = record.headers
        if headers.get("kind") in IGNORED_KINDS or not self._updates.concerns(headers.get("desk", "")):
            return 0
        bump = bump_of(record) if headers.get("card") == "same" else None
        if bump and self._updates.bump_unread(bump, headers.get("people", "").split(",")):
            return 0
        changed = chat.SessionChanged.FromString(record.value)
        return self._updates.publish(SessionUpdate(facts_of(changed.card), bump, entry_frames(changed.entry), card_frames(changed.card)))


def bump_of(record: Received) -> CardBump:
    """Of a record whose headers say that its card is the same."""
    headers = record.headers
    return CardBump(headers["desk"], record.key, int(headers["revision"]), int(headers["at"]))
