"""NotifyService: translation only."""

from typing import Any

from parley.notify.v1 import notify_pb2 as pb
from parley.notify.v1 import notify_pb2_grpc as rpc
from servicekit.grpc_server import caller_of
from services.notify.contract import alert_to_proto, explanation_to_proto
from services.notify.domain.errors import WrongArgument
from services.notify.handlers.alerting import Alerting

READ, WRITE = "notify:read", "notify:write"
# The scope a service account needs for each RPC.
SCOPES = {"ListAlerts": READ, "DismissAlert": WRITE, "ExplainAlert": READ}


class NotifyApi(rpc.NotifyServiceServicer):
    def __init__(self, alerting: Alerting) -> None:
        self._alerting = alerting

    async def ListAlerts(self, request: pb.ListAlertsRequest, context: Any) -> pb.ListAlertsResponse:
        return pb.ListAlertsResponse(alerts=map(alert_to_proto, await self._alerting.alerts(caller_of(context))))

    async def DismissAlert(self, request: pb.DismissAlertRequest, context: Any) -> pb.DismissAlertResponse:
        await self._alerting.dismiss(caller_of(context), _named(request.session_id, "session_id"))
        return pb.DismissAlertResponse()

    async def ExplainAlert(self, request: pb.ExplainAlertRequest, context: Any) -> pb.ExplainAlertResponse:
        session_id, person_id = _named(request.session_id, "session_id"), _named(request.person_id, "person_id")
        return explanation_to_proto(*await self._alerting.explain(caller_of(context), session_id, person_id))


def _named(value: str, field: str) -> str:
    if not value:
        raise WrongArgument("It must be named", field=field)
    return value
