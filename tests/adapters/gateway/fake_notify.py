"""The gRPC services of notify as fakes: they record each call and answer with an empty message, or refuse it."""

from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message_factory import GetMessageClass

from parley.notify.v1 import delivery_pb2, delivery_pb2_grpc, notify_pb2_grpc, webhooks_pb2, webhooks_pb2_grpc
from parley.notify.v1 import notify_pb2 as notify
from servicekit.grpc_server import caller_of
from servicekit.identity import Caller

SERVICES: tuple[ServiceDescriptor, ...] = (
    notify.DESCRIPTOR.services_by_name["NotifyService"],
    delivery_pb2.DESCRIPTOR.services_by_name["DeliveryService"],
    webhooks_pb2.DESCRIPTOR.services_by_name["WebhookService"],
)
ADDED = (
    notify_pb2_grpc.add_NotifyServiceServicer_to_server,
    delivery_pb2_grpc.add_DeliveryServiceServicer_to_server,
    webhooks_pb2_grpc.add_WebhookServiceServicer_to_server,
)


class FakeNotify:
    """Serves all three. `calls`: method, caller, request. ListAlerts answers with one alert."""

    def __init__(self, may: Callable[[str], None]) -> None:
        self._may = may
        self.calls: list[tuple[str, Caller, Any]] = []
        for service in SERVICES:
            for method in service.methods:
                setattr(self, method.name, self._answer(method))

    def _answer(self, method: MethodDescriptor) -> Any:
        async def answer(request: Any, context: Any) -> Any:
            caller = caller_of(context)
            self._may(method.name)
            self.calls.append((method.name, caller, request))
            if method.name == "ListAlerts":
                return notify.ListAlertsResponse(alerts=[notify.Alert(alert_id="x", person_id=caller.id)])
            return GetMessageClass(method.output_type)()

        return answer

    def requests(self, method: str) -> list[Any]:
        return [request for name, _, request in self.calls if name == method]
