"""ErasingService: translation only."""

from collections.abc import AsyncIterator
from typing import Any

from parley.tickets.v1 import erasing_pb2 as pb
from parley.tickets.v1.erasing_pb2_grpc import ErasingServiceServicer
from servicekit.accounts import INTERNAL
from servicekit.erasing import Step
from servicekit.grpc_server import caller_of, require_service
from servicekit.moments import to_proto, to_proto_or_none
from services.tickets.domain.erasure import Erasure
from services.tickets.handlers.access import actor_from
from services.tickets.handlers.erasures import ErasureHandlers
from services.tickets.handlers.person_export import PersonExport

NAME = pb.DESCRIPTOR.services_by_name["ErasingService"].full_name
READ, WRITE, EXPORT = "erasing:read", "erasing:write", "erasing:export"
# The scope a service account needs for each RPC. INTERNAL is for Parley's own services.
SCOPES = {
    "ErasePerson": WRITE,
    "GetErasure": READ,
    "DownloadPersonData": EXPORT,
    "ListErasures": INTERNAL,
    "ReportErasure": INTERNAL,
}


class ErasingApi(ErasingServiceServicer):
    def __init__(self, erasures: ErasureHandlers, person_export: PersonExport) -> None:
        self._erasures, self._export = erasures, person_export

    async def ErasePerson(self, request: pb.ErasePersonRequest, context: Any) -> pb.ErasePersonResponse:
        erasure = await self._erasures.begin(actor_from(caller_of(context)), request.person_id)
        return pb.ErasePersonResponse(erasure=_erasure(erasure))

    async def GetErasure(self, request: pb.GetErasureRequest, context: Any) -> pb.GetErasureResponse:
        erasure = await self._erasures.get(actor_from(caller_of(context)), request.person_id)
        return pb.GetErasureResponse(erasure=_erasure(erasure))

    async def DownloadPersonData(self, request: pb.DownloadPersonDataRequest, context: Any) -> AsyncIterator[pb.DownloadPersonDataResponse]:
        async for piece in self._export.pieces(actor_from(caller_of(context)), request.person_id):
            yield pb.DownloadPersonDataResponse(content=piece)

    async def ListErasures(self, request: pb.ListErasuresRequest, context: Any) -> pb.ListErasuresResponse:
        require_service(caller_of(context))
        tasks = await self._erasures.tasks(request.service)
        return pb.ListErasuresResponse(
            tasks=[
                pb.ErasureTask(person_id=task.person_id, desk_id=task.desk_id, customer=task.customer, texts=task.texts, after=task.after)
                for task in tasks
            ]
        )

    async def ReportErasure(self, request: pb.ReportErasureRequest, context: Any) -> pb.ReportErasureResponse:
        require_service(caller_of(context))
        await self._erasures.report(request.service, request.person_id, Step(request.changed, request.after))
        return pb.ReportErasureResponse()


def _erasure(erasure: Erasure) -> pb.Erasure:
    return pb.Erasure(
        person_id=erasure.person_id,
        desk_id=erasure.desk_id,
        requested_by=erasure.requested_by,
        requested_at=to_proto(erasure.requested_at),
        shares=[
            pb.ErasureShare(service=share.service, changed=share.changed, done_at=to_proto_or_none(share.done_at))
            for share in erasure.shares
        ],
        done_at=to_proto_or_none(erasure.done_at),
    )
