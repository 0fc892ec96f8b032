"""DeliveryService: translation only."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, Protocol

from parley.notify.v1 import delivery_pb2 as pb
from parley.notify.v1 import delivery_pb2_grpc as rpc
from servicekit.grpc_server import caller_of, require_service
from servicekit.identity import Caller
from services.notify.delivery_contract import (
    delivery_to_proto,
    person_asked_for,
    person_part_to_proto,
    preferences_from,
    preferences_to_proto,
    report_from,
    sign_in_expiry_from,
)
from services.notify.delivery_ports import PersonData
from services.notify.handlers.notification_tests import NotificationTests
from services.notify.handlers.preferences import PreferencesHandlers
from services.notify.handlers.reporting import Reporting

# No service account acts for a person here: every call but one of Parley's own services is about the caller's own browser.
SCOPES: Mapping[str, str] = {}


class Subscriptions(Protocol):
    """The caller's browsers with Web Push."""

    async def subscribe(
        self, caller: Caller, *, endpoint: str, p256dh: str, auth: str, browser_id: str, sign_in_expires_at: datetime
    ) -> None: ...

    async def unsubscribe(self, caller: Caller, endpoint: str) -> None: ...

    async def public_key(self) -> str: ...


class DeliveryApi(rpc.DeliveryServiceServicer):
    def __init__(
        self,
        reporting: Reporting,
        tests: NotificationTests,
        preferences: PreferencesHandlers,
        subscriptions: Subscriptions,
        person_data: PersonData,
    ) -> None:
        self._reporting, self._tests, self._preferences, self._subscriptions = reporting, tests, preferences, subscriptions
        self._person_data = person_data

    async def GetPreferences(self, request: pb.GetPreferencesRequest, context: Any) -> pb.GetPreferencesResponse:
        preferences, subscriptions = await self._preferences.get(caller_of(context))
        return pb.GetPreferencesResponse(preferences=preferences_to_proto(preferences), subscriptions=subscriptions)

    async def UpdatePreferences(self, request: pb.UpdatePreferencesRequest, context: Any) -> pb.UpdatePreferencesResponse:
        saved = await self._preferences.update(caller_of(context), preferences_from(request))
        return pb.UpdatePreferencesResponse(preferences=preferences_to_proto(saved))

    async def GetPushKey(self, request: pb.GetPushKeyRequest, context: Any) -> pb.GetPushKeyResponse:
        return pb.GetPushKeyResponse(public_key=await self._subscriptions.public_key())

    async def Subscribe(self, request: pb.SubscribeRequest, context: Any) -> pb.SubscribeResponse:
        await self._subscriptions.subscribe(
            caller_of(context),
            endpoint=request.endpoint,
            p256dh=request.p256dh,
            auth=request.auth,
            browser_id=request.browser_id,
            sign_in_expires_at=sign_in_expiry_from(request),
        )
        return pb.SubscribeResponse()

    async def Unsubscribe(self, request: pb.UnsubscribeRequest, context: Any) -> pb.UnsubscribeResponse:
        await self._subscriptions.unsubscribe(caller_of(context), request.endpoint)
        return pb.UnsubscribeResponse()

    async def TestNotification(self, request: pb.TestNotificationRequest, context: Any) -> pb.TestNotificationResponse:
        delivery_id = await self._tests.send(caller_of(context), request.connection_id, request.endpoint)
        return pb.TestNotificationResponse(delivery_id=delivery_id)

    async def GetDelivery(self, request: pb.GetDeliveryRequest, context: Any) -> pb.GetDeliveryResponse:
        delivery = await self._reporting.get(caller_of(context), request.delivery_id)
        return pb.GetDeliveryResponse(delivery=delivery_to_proto(delivery))

    async def ReportDelivery(self, request: pb.ReportDeliveryRequest, context: Any) -> pb.ReportDeliveryResponse:
        await self._reporting.report(caller_of(context), request.delivery_id, report_from(request))
        return pb.ReportDeliveryResponse()

    async def GetPersonData(self, request: pb.GetPersonDataRequest, context: Any) -> AsyncIterator[pb.GetPersonDataResponse]:
        require_service(caller_of(context))
        async for part in self._person_data.parts(*person_asked_for(request)):
            yield person_part_to_proto(part)
