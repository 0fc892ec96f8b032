"""The HTTP calls of the two apps that are one gRPC call each: rows of a table, and one endpoint for all of them.

A path's {name} sets the request's field of that name and overrides the body. The row maps query parameters to fields.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request, Response
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message

from parley.audit.v1 import audit_pb2
from parley.chat.v1 import chat_pb2
from parley.notify.v1 import delivery_pb2, notify_pb2, webhooks_pb2
from parley.presence.v1 import presence_pb2
from parley.tickets.v1 import directory_pb2, tickets_pb2
from services.gateway.domain.limits import Limit
from services.gateway.domain.site import App
from services.gateway.inbound.edge import READS, Edge
from services.gateway.inbound.request_bodies import BODY, LARGE_BODY, Bound, read_into, set_from_text
from services.gateway.inbound.responses import Endpoint, add_call, nothing, proto_answer
from services.gateway.ports import Service

SERVICES: Mapping[str, ServiceDescriptor] = {
    "chat": chat_pb2.DESCRIPTOR.services_by_name["ChatService"],
    "notify": notify_pb2.DESCRIPTOR.services_by_name["NotifyService"],
    "delivery": delivery_pb2.DESCRIPTOR.services_by_name["DeliveryService"],
    "webhooks": webhooks_pb2.DESCRIPTOR.services_by_name["WebhookService"],
    "presence": presence_pb2.DESCRIPTOR.services_by_name["PresenceService"],
    "audit": audit_pb2.DESCRIPTOR.services_by_name["AuditService"],
    "directory": directory_pb2.DESCRIPTOR.services_by_name["DirectoryService"],
    "tickets": tickets_pb2.DESCRIPTOR.services_by_name["TicketsService"],
}


@dataclass(frozen=True)
class CallRoute:
    """`query`: query parameter -> field. `fixed`: fields set by the row; `of_sign_in`: those set from the sign-in's field of that name.
    `empty`: 204 instead of the answer. `body`: its bound.
    `limit`: the rate limit of the call; without it a write counts as one of its person's writes."""

    verb: str
    path: str
    service: str
    method: str
    query: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    of_sign_in: Mapping[str, str] = field(default_factory=dict)
    empty: bool = False
    body: Bound = BODY
    limit: Limit | None = None

    @property
    def counts_as(self) -> Limit | None:
        return self.limit or (None if self.verb in READS else Limit.WRITES)

    def new_request(self) -> Message:
        """An empty request of the method."""
        message: Message = message_factory.GetMessageClass(self.rpc.input_type)()
        return message

    @property
    def rpc(self) -> MethodDescriptor:
        return SERVICES[self.service].methods_by_name[self.method]


PEOPLE_QUERY = {
    "kind": "kind",
    "company": "company_id",
    "search": "search",
    "active": "only_active",
    "size": "page_size",
    "page": "page_token",
}
TICKET_QUERY = {
    "search": "search",
    "status": "statuses",
    "priority": "priorities",
    "customer": "customer_id",
    "board": "board_id",
    "assignee": "assignee_id",
    "unassigned": "unassigned",
    "before": "changed_before",
    "sort": "sort",
    "reversed": "reversed",
    "size": "page_size",
    "page": "page_token",
}
FIGURES_QUERY = {"date": "date", "company": "company_id", "board": "board_id"}
AUDIT_QUERY = {"kind": "kind", "person": "person_id", "since": "since", "until": "until", "size": "page_size", "page": "page_token"}
OLDER_QUERY = {"status": "statuses", "page": "page_token"}
HISTORY_QUERY = {
    "company": "company_id",
    "customer": "customer_id",
    "status": "status",
    "type": "type",
    "from": "opened_from",
    "until": "opened_until",
    "search": "search",
    "size": "page_size",
    "page": "page_token",
}
# What the pages of both apps call.
CALLS_OF_BOTH = (
    CallRoute("GET", "/sessions/{session_id}", "chat", "GetSession", query={"after": "after_revision"}),
    CallRoute("POST", "/sessions/{session_id}/leave", "chat", "LeaveSession"),
    CallRoute("GET", "/older-sessions", "chat", "ListSessions", query=OLDER_QUERY, fixed={"older": True, "page_size": 20}),
    CallRoute("GET", "/tickets", "tickets", "ListTickets", query=TICKET_QUERY),
    CallRoute("POST", "/tickets", "tickets", "CreateTicket"),
    CallRoute("POST", "/tickets/{ticket_id}/notes", "tickets", "AddNote"),
    CallRoute("PATCH", "/tickets/{ticket_id}", "tickets", "UpdateTicket"),
    CallRoute("GET", "/preferences", "delivery", "GetPreferences"),
    CallRoute("PUT", "/preferences", "delivery", "UpdatePreferences"),
    CallRoute("GET", "/push-key", "delivery", "GetPushKey"),
    CallRoute("POST", "/subscriptions", "delivery", "Subscribe", of_sign_in={"sign_in_expires_at": "expires_at"}),
    CallRoute("POST", "/subscriptions/remove", "delivery", "Unsubscribe"),
    CallRoute("POST", "/test-notification", "delivery", "TestNotification"),
    CallRoute("GET", "/deliveries/{delivery_id}", "delivery", "GetDelivery"),
    CallRoute("POST", "/deliveries/{delivery_id}", "delivery", "ReportDelivery"),
)
# What only engineers' pages call. The services decide who may.
TECH_CALLS = (
    # It reads the whole log, so it is limited as a write is.
    CallRoute("GET", "/sessions/{session_id}/log-proof", "chat", "GetChatLogProof", query={"sha256": "sha256"}, limit=Limit.WRITES),
    # It may read 2,000 sessions of the history, so it is limited as a write is.
    CallRoute("GET", "/history", "chat", "ListHistory", query=HISTORY_QUERY, limit=Limit.WRITES),
    # It counts a day's chats, so it is limited as a write is.
    CallRoute("GET", "/figures", "chat", "GetDeskFigures", query=FIGURES_QUERY, limit=Limit.WRITES),
    CallRoute("POST", "/sessions/{session_id}/join", "chat", "JoinSession"),
    CallRoute("POST", "/sessions/{session_id}/complete", "chat", "CompleteSession"),
    CallRoute("POST", "/sessions/{session_id}/postpone-callback", "chat", "PostponeCallback"),
    CallRoute("POST", "/sessions/{session_id}/invite", "chat", "InviteEngineer"),
    CallRoute("POST", "/sessions/{session_id}/transfer", "chat", "AskTransfer"),
    CallRoute("POST", "/sessions/{session_id}/transfer-answer", "chat", "AnswerTransfer"),
    CallRoute("POST", "/sessions/{session_id}/note", "chat", "AmendCloseRecord"),
    CallRoute("POST", "/tickets/{ticket_id}/push-chat", "chat", "PushChat", limit=Limit.OPENING),
    CallRoute("POST", "/sessions/{session_id}/withdraw", "chat", "AnswerPushChat", fixed={"answer": chat_pb2.PUSH_ANSWER_WITHDRAW}),
    CallRoute("POST", "/alerts/{session_id}/dismiss", "notify", "DismissAlert", empty=True),
    CallRoute("POST", "/presence", "presence", "ChoosePresence"),
    CallRoute("GET", "/places", "directory", "ListPlaces"),
    CallRoute("GET", "/people", "directory", "ListPeople", query=PEOPLE_QUERY),
    CallRoute("GET", "/people/{person_id}", "directory", "GetPerson"),
    CallRoute("PUT", "/directory", "directory", "UpsertEntry", body=LARGE_BODY),
    CallRoute("GET", "/audit", "audit", "ListAuditEntries", query=AUDIT_QUERY),
    CallRoute("POST", "/people/{person_id}/end-connections", "presence", "EndConnections"),
    CallRoute("GET", "/settings/presence", "presence", "GetSettings"),
    CallRoute("PUT", "/settings/presence", "presence", "UpdateSettings", body=LARGE_BODY),
    CallRoute("GET", "/settings/chat", "chat", "GetSettings"),
    CallRoute("PUT", "/settings/chat", "chat", "UpdateSettings", body=LARGE_BODY),
    CallRoute("GET", "/settings/holidays", "chat", "ListHolidays", query={"country": "country", "year": "year"}),
    CallRoute("GET", "/canned-replies", "chat", "ListCannedReplies"),
    CallRoute("PUT", "/canned-replies", "chat", "PutCannedReply", empty=True),
    CallRoute("DELETE", "/canned-replies/{reply_id}", "chat", "DeleteCannedReply", empty=True),
    CallRoute("GET", "/settings/alerts", "notify", "GetSettings"),
    CallRoute("PUT", "/settings/alerts", "notify", "UpdateSettings"),
    CallRoute("GET", "/sessions/{session_id}/explanation", "notify", "ExplainAlert", query={"person": "person_id"}),
    CallRoute("GET", "/webhooks", "webhooks", "ListWebhooks"),
    CallRoute("POST", "/webhooks", "webhooks", "CreateWebhook"),
    CallRoute("PUT", "/webhooks/{webhook_id}", "webhooks", "UpdateWebhook"),
    CallRoute("DELETE", "/webhooks/{webhook_id}", "webhooks", "DeleteWebhook"),
    CallRoute("POST", "/webhooks/{webhook_id}/test", "webhooks", "TestWebhook"),
    CallRoute("GET", "/webhooks/{webhook_id}/events", "webhooks", "ListWebhookEvents", query={"page": "page_token"}),
    CallRoute("POST", "/webhooks/{webhook_id}/replay", "webhooks", "ReplayWebhookEvents"),
)
# What only customers' pages call. The services decide who may.
PORTAL_CALLS = (
    CallRoute("GET", "/support", "chat", "GetSupportState", query={"ticket": "ticket_id"}),
    CallRoute("POST", "/chats", "chat", "RequestChat", limit=Limit.OPENING),
    CallRoute("POST", "/callbacks", "chat", "OpenCallback", limit=Limit.OPENING),
    CallRoute("POST", "/sessions/{session_id}/callback", "chat", "ConvertToCallback"),
    CallRoute("POST", "/sessions/{session_id}/cancel-callback", "chat", "CancelCallback"),
    CallRoute("POST", "/sessions/{session_id}/answer", "chat", "AnswerPushChat"),
    CallRoute("POST", "/sessions/{session_id}/feedback", "chat", "GiveFeedback"),
)


def add_calls(router: APIRouter, app: App, routes: Sequence[CallRoute], edge: Edge, services: Mapping[str, Service]) -> None:
    """Puts the routes under /<app>/api."""
    for route in routes:
        add_call(router, route.verb, f"{app.path}/api{route.path}", _endpoint(route, app, edge, services[route.service]))


def _endpoint(route: CallRoute, app: App, edge: Edge, service: Service) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        who = await edge.person(request, app, route.counts_as)
        message = route.new_request()
        if route.verb not in READS:
            await read_into(request, message, route.body)
        for parameter, field_name in route.query.items():
            if texts := [text for text in request.query_params.getlist(parameter) if text]:
                set_from_text(message, field_name, texts, parameter)
        for name, value in {**request.path_params, **route.fixed}.items():
            setattr(message, name, value)
        for name, field_name in route.of_sign_in.items():
            getattr(message, name).CopyFrom(getattr(who.sign_in, field_name))
        answer = await service.call(route.method, message, who.caller)
        return nothing() if route.empty else proto_answer(answer)

    return endpoint
