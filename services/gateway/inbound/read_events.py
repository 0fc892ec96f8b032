"""parley.reads.v1: how far people have read."""

from parley.chat.v1 import chat_pb2 as chat
from servicekit.kafka_records import Received
from services.gateway.handlers.read_positions import ReadPositions


class ReadEvents:
    """Decides by key and headers whether anybody here is concerned, and decodes only then."""

    def __init__(self, reads: ReadPositions) -> None:
        self._reads = reads

    def consume(self, record: Received) -> int:
        """Says how many frames were sent."""
        desk_id, people = record.headers.get("desk", ""), record.headers.get("people", "").split(",")
        if not self._reads.concerned(desk_id, record.key, people):
            return 0
        return self._reads.publish(desk_id, people, chat.ReadPositionMoved.FromString(record.value).position)
