"""Who is there, from the service presence."""

from collections.abc import Sequence

from grpc.aio import Channel

from parley.presence.v1 import presence_pb2 as pb
from parley.presence.v1.presence_pb2_grpc import PresenceServiceStub
from servicekit.grpc_client import call
from services.notify.contract import presence_from
from services.notify.domain.decision import PresenceFact


class PresenceClient:
    def __init__(self, channel: Channel) -> None:
        self._stub = PresenceServiceStub(channel)

    async def of(self, desk_id: str, person_ids: Sequence[str]) -> dict[str, PresenceFact]:
        request = pb.GetPresenceRequest(desk_id=desk_id, person_ids=person_ids)
        answer: pb.GetPresenceResponse = await call(self._stub.GetPresence, request)
        return {person.person_id: fact for person in answer.presences if (fact := presence_from(person))}
