"""NotifyService: translation only."""

from typing import Any

from parley.notify.v1 import notify_pb2 as pb
from parley.notify.v1 import notify_pb2_grpc as rpc
from servicekit.grpc_server import caller_of
from services.notify.contract import alert_to_proto, explanation_to_proto, settings_from, settings_to_proto
from services.notify.domain.errors import WrongArgument
from services.notify.handlers.alerting import Alerting
from services.notify.handlers.desk_settings import DeskSettingsHandlers
from services.notify.handlers.explaining import Explaining

READ, WRITE = "notify:read", "notify:write"
# The scope a service account needs for each RPC.
SCOPES = {"ListAlerts": READ, "DismissAlert": WRITE, "ExplainAlert": READ}


class NotifyApi(rpc.NotifyServiceServicer):
    def __init__(self, alerting: Alerting, explaining: Explaining, desk_settings: DeskSettingsHandlers) -> None:
        self._alerting, self._explaining, self._desk_settings = alerting, explaining, desk_settings

    async def ListAlerts(self, request: pb.ListAlertsRequest, context: Any) -> pb.ListAlertsResponse:
        return pb.ListAlertsResponse(alerts=map(alert_to_proto, await self._alerting.alerts(caller_of(context))))

    async def DismissAlert(self, request: pb.DismissAlertRequest, context: Any) -> pb.DismissAlertResponse:
        await self._alerting.dismiss(caller_of(context), _named(request.session_id, "session_id"))
        return pb.DismissAlertResponse()

    async def ExplainAlert(self, request: pb.ExplainAlertRequest, context: Any) -> pb.ExplainAlertResponse:
        session_id, person_id = _named(request.session_id, "session_id"), _named(request.person_id, "person_id")
        return explanation_to_proto(*await self._explaining.explain(caller_of(context), session_id, person_id))

    async def GetSettings(self, request: pb.GetSettingsRequest, context: Any) -> pb.GetSettingsResponse:
        settings, version = await self._desk_settings.get(caller_of(context))
        return pb.GetSettingsResponse(settings=settings_to_proto(settings), version=version)

    async def UpdateSettings(self, request: pb.UpdateSettingsRequest, context: Any) -> pb.UpdateSettingsResponse:
        settings = settings_from(request)
        version = await self._desk_settings.update(caller_of(context), settings, request.version)
        return pb.UpdateSettingsResponse(settings=settings_to_proto(settings), version=version)


def _named(value: str, field: str) -> str:
    if not value:
        raise WrongArgument("It must be named", field=field)
    return value
