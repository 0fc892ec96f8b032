"""What chat hears from presence: that an engineer is there again. Everything else it asks at the moment of the act (spec 1.14)."""

from collections.abc import Awaitable, Callable

from parley.presence.v1 import presence_pb2 as pb
from servicekit.kafka_records import Received
from services.chat.ports import Directory

# (desk_id, person_id)
PersonIsBack = Callable[[str, str], Awaitable[None]]
THERE = frozenset({pb.PRESENCE_ONLINE, pb.PRESENCE_AWAY, pb.PRESENCE_BUSY})


class PresenceEvents:
    """Handles records of parley.presence.v1. A lost one is made up for by the deadline of the unattended session."""

    def __init__(self, directory: Directory, person_is_back: PersonIsBack) -> None:
        self._directory, self._person_is_back = directory, person_is_back

    async def handle(self, record: Received) -> None:
        presence = pb.PresenceChanged.FromString(record.value).presence
        if presence.presence in THERE and self._directory.engineer(presence.desk_id, presence.person_id):
            await self._person_is_back(presence.desk_id, presence.person_id)
