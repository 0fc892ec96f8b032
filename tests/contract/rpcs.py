"""All RPCs of all services, from their descriptors."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from parley.audit.v1 import audit_pb2
from parley.chat.v1 import chat_pb2
from parley.notify.v1 import delivery_pb2, notify_pb2, webhooks_pb2
from parley.presence.v1 import presence_pb2
from parley.tickets.v1 import directory_pb2, erasing_pb2, tickets_pb2
from servicekit.accounts import INTERNAL
from services.chat.inbound.grpc_api import SCOPES as CHAT_SCOPES
from services.notify.inbound.grpc_api import SCOPES as NOTIFY_SCOPES
from services.notify.inbound.grpc_delivery import SCOPES as DELIVERY_SCOPES
from services.notify.inbound.grpc_webhooks import SCOPES as WEBHOOK_SCOPES
from services.presence.inbound.grpc_api import SCOPES as PRESENCE_SCOPES
from services.tickets.inbound.grpc_audit import SCOPES as AUDIT_SCOPES
from services.tickets.inbound.grpc_directory import SCOPES as DIRECTORY_SCOPES
from services.tickets.inbound.grpc_erasing import SCOPES as ERASING_SCOPES
from services.tickets.inbound.grpc_tickets import SCOPES as TICKETS_SCOPES

FILES: Any = (chat_pb2, tickets_pb2, directory_pb2, audit_pb2, erasing_pb2, notify_pb2, delivery_pb2, webhooks_pb2, presence_pb2)
# gRPC service -> the process that serves it.
OWNERS = {
    "ChatService": "chat",
    "TicketsService": "tickets",
    "DirectoryService": "tickets",
    "AuditService": "tickets",
    "ErasingService": "tickets",
    "NotifyService": "notify",
    "DeliveryService": "notify",
    "WebhookService": "notify",
    "PresenceService": "presence",
}
SCOPES: Mapping[str, Mapping[str, str]] = {
    "ChatService": CHAT_SCOPES,
    "TicketsService": TICKETS_SCOPES,
    "DirectoryService": DIRECTORY_SCOPES,
    "AuditService": AUDIT_SCOPES,
    "ErasingService": ERASING_SCOPES,
    "NotifyService": NOTIFY_SCOPES,
    "DeliveryService": DELIVERY_SCOPES,
    "WebhookService": WEBHOOK_SCOPES,
    "PresenceService": PRESENCE_SCOPES,
}
READS = ("Get", "List", "Watch", "Explain", "Download")
# Writes without a command id, and why a repeat is harmless. docs/grpc.md has the same list.
IDEMPOTENT_BY_NATURE = {
    "PostMessages": "each post carries its own command_id",
    "MarkRead": "a position only moves forward: a repeat changes nothing",
    "UpdateSettings": "a repeat has an older version and returns ABORTED",
    "UpsertEntry": "an unchanged entry gets no new revision",
    "ErasePerson": "a person is erased once, and a repeat returns that erasure",
    "ReportErasure": "counts of a repeated report are added again, and an erasure that a service finished stays so",
    "DismissAlert": "a dismissed alert stays dismissed",
    "ChoosePresence": "the same choice again changes nothing",
    "ReportConnections": "reports are numbered",
    "EndSignIn": "a sign-in ends once",
    "EndSignInsOfPerson": "a sign-in ends once, and later sign-ins are not included",
    "CreateSignIn": "a sign-in whose response was lost is not used, and expires",
    "TakeDueRefreshes": "a sign-in whose response was lost is taken by another call a minute later",
    "FinishRefresh": "a refresh is finished once",
    "UpdatePreferences": "the same preferences again change nothing",
    "Subscribe": "an endpoint has one subscription",
    "Unsubscribe": "a subscription is removed once",
    "TestNotification": "a repeat shows one more test to the caller",
    "ReportDelivery": "the first report of each outcome counts",
    "UpdateWebhook": "the same content again changes nothing",
    "DeleteWebhook": "an endpoint is removed once",
    "PutCannedReply": "the same reply again changes nothing",
    "DeleteCannedReply": "a reply is removed once",
    "ReplayWebhookEvents": "an event that is queued or delivered is not queued again",
}
# Lists without page_token, and why.
WHOLE_LISTS = {
    "ListTimeline": "continues after a revision (after_revision), which new entries do not change",
    "ListPlaces": "one desk's boards and companies",
    "ListTrialPeople": "the demo people",
    "ListAlerts": "one engineer's active alerts",
    "ListHolidays": "one country's year",
    "ListPages": "at most 20 open pages of each named person",
    "ListTicketViewers": "at most 20 engineers who view one ticket",
    "ListCannedReplies": "at most 200 of one engineer and 500 of the desk",
    "ListErasures": "at most 20, and those that a service has finished are not listed",
    "ListWebhooks": "at most 20 endpoints of one desk",
}


@dataclass(frozen=True)
class Rpc:
    """`path` as gRPC names it: /<package>.<Service>/<Rpc>."""

    service: str
    name: str
    path: str
    descriptor: Any

    @property
    def owner(self) -> str:
        return OWNERS[self.service]

    @property
    def scope(self) -> str:
        """The scope that a service account needs. A call outside its service's table is only for Parley's own services."""
        return SCOPES[self.service].get(self.name, INTERNAL)

    @property
    def writes(self) -> bool:
        return not self.name.startswith(READS)

    @property
    def streams(self) -> bool:
        return bool(self.descriptor.client_streaming or self.descriptor.server_streaming)

    @property
    def fields(self) -> list[str]:
        return [field.name for field in self.descriptor.input_type.fields]

    def request(self) -> Message:
        """Returns an empty request."""
        made: Message = self.request_of()
        return made

    def request_of(self, **fields: Any) -> Any:
        return GetMessageClass(self.descriptor.input_type)(**fields)

    @property
    def answer_class(self) -> Any:
        return GetMessageClass(self.descriptor.output_type)


def all_rpcs() -> list[Rpc]:
    return [
        Rpc(service.name, method.name, f"/{service.full_name}/{method.name}", method)
        for file in FILES
        for service in file.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    ]


RPCS = {f"{rpc.service}.{rpc.name}": rpc for rpc in all_rpcs()}
