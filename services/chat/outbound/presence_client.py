"""Client of the service `presence`, called for each command that depends on it (spec 1.14). Raises Unavailable when presence is down."""

from collections.abc import Sequence

from grpc.aio import Channel

from parley.presence.v1 import presence_pb2 as pb
from parley.presence.v1.presence_pb2_grpc import PresenceServiceStub
from servicekit.grpc_client import call
from servicekit.moments import from_proto
from services.chat.domain.people import OFFLINE, PresenceFact

STATES: dict[int, str] = {
    pb.PRESENCE_ONLINE: "online",
    pb.PRESENCE_AWAY: "away",
    pb.PRESENCE_BUSY: "busy",
    pb.PRESENCE_OFFLINE: "offline",
}
# The service's limit for one call.
MAX_PEOPLE = 1000


class PresenceClient:
    """The port PresenceOf."""

    def __init__(self, channel: Channel) -> None:
        self._stub = PresenceServiceStub(channel)

    async def presence_of(self, desk_id: str, person_ids: Sequence[str]) -> dict[str, PresenceFact]:
        facts = dict.fromkeys(person_ids, OFFLINE)
        for first in range(0, len(person_ids), MAX_PEOPLE):
            request = pb.GetPresenceRequest(desk_id=desk_id, person_ids=person_ids[first : first + MAX_PEOPLE])
            answer: pb.GetPresenceResponse = await call(self._stub.GetPresence, request)
            facts.update({presence.person_id: _fact(presence) for presence in answer.presences if presence.person_id in facts})
        return facts


def _fact(presence: pb.PersonPresence) -> PresenceFact:
    since = from_proto(presence.since) if presence.HasField("since") else None
    return PresenceFact(STATES.get(presence.presence, "offline"), since)
