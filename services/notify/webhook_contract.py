"""Webhooks and their events as protos, and the body of the requests that they send (spec 5.13, docs/webhooks.md)."""

import json
from datetime import datetime
from functools import partial
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from parley.chat.v1 import chat_pb2 as chat
from parley.notify.v1 import webhooks_pb2 as pb
from servicekit.moments import from_proto, to_json, to_proto, to_proto_or_none
from servicekit.protos import numbers_of
from services.notify.domain.webhook import EventState, EventType, WebhookEvent
from services.notify.handlers.webhook_admin import Endpoint
from services.notify.handlers.webhook_queue import SessionStep

TYPES = numbers_of(EventType, pb.WebhookEventType)
TYPE_OF = {number: type for type, number in TYPES.items()}
STATES = numbers_of(EventState, pb.WebhookEventState)
# Spec 3.1: webhooks have names of their own for two statuses.
STATUSES = {
    chat.CHAT_STATUS_WAITING: "created",
    chat.CHAT_STATUS_HANDLED: "handled",
    chat.CHAT_STATUS_ABANDONED: "missed",
    chat.CHAT_STATUS_CALLBACK: "callback",
    chat.CHAT_STATUS_COMPLETED: "completed",
}
KINDS = {chat.CHAT_TYPE_REQUEST: "request", chat.CHAT_TYPE_PUSH: "push"}
SIDES = {chat.SIDE_ENGINEER: "engineer", chat.SIDE_CUSTOMER: "customer"}


def step_in(changed: chat.SessionChanged) -> SessionStep | None:
    """None when the session neither began nor changed its status, and nobody wrote a message."""
    entry, card = changed.entry, changed.card
    kinds = {event.WhichOneof("event") for event in entry.events}
    posted = [event.message_posted.message_id for event in entry.events if event.WhichOneof("event") == "message_posted"]
    type: EventType | None = None
    if "session_opened" in kinds:
        type = EventType.SESSION_CREATED
    elif "status_changed" in kinds:
        type = EventType.SESSION_STATUS_CHANGED
    if type is None and not posted:
        return None
    at, message_id = from_proto(entry.at), posted[-1] if posted else ""
    names = (card.title, card.customer.name)
    return SessionStep(card.desk_id, card.session_id, entry.revision, type, at, message_id, partial(body_of, card), *names)


def body_of(card: chat.SessionCard, last_message_id: str) -> str:
    """An array with the session. It has no text of messages."""
    session = {
        "id": card.session_id,
        "name": card.title,
        "type": KINDS.get(card.type),
        "status": STATUSES.get(card.status),
        "pastStatus": [STATUSES[status] for status in card.past_statuses if status in STATUSES],
        "report": _report(card),
        "reference": _reference(card),
        "creator": _person(card.creator),
        "callback": _callback(card),
        "targetUsers": _people(card.customer) if card.type == chat.CHAT_TYPE_PUSH else _people(*card.invited),
        "closeRecord": _close_record(card),
        "closedDateTime": _moment(card, "closed_at"),
        "users": _people(card.customer, card.creator, *card.participants, *card.invited, card.taken_by),
        "participants": _people(*card.participants),
        "lastMessageId": last_message_id or None,
        "createdDateTime": _moment(card, "opened_at"),
        "lastModifiedDateTime": _moment(card, "modified_at"),
    }
    return json.dumps([session], ensure_ascii=False, separators=(",", ":"))


def sample_body(at: datetime) -> str:
    """A made-up session with all fields."""
    card = chat.SessionCard(session_id="test", title="Test from Parley", type=chat.CHAT_TYPE_REQUEST, status=chat.CHAT_STATUS_WAITING)
    card.opened_at.CopyFrom(to_proto(at))
    card.modified_at.CopyFrom(to_proto(at))
    return body_of(card, "")


def endpoint_to_proto(endpoint: Endpoint) -> pb.Webhook:
    """Without the secret."""
    webhook = endpoint.webhook
    return pb.Webhook(
        webhook_id=webhook.id,
        url=webhook.url,
        events=sorted(TYPES[event] for event in webhook.events),
        enabled=webhook.enabled,
        paused_until=to_proto_or_none(webhook.paused_until),
        created_at=to_proto(webhook.created_at),
        delivered_at=to_proto_or_none(webhook.delivered_at),
        failed_at=to_proto_or_none(webhook.failed_at),
        failure=webhook.failure,
        queued=endpoint.waiting,
        dead=endpoint.dead,
    )


def event_to_proto(event: WebhookEvent) -> pb.WebhookEvent:
    return pb.WebhookEvent(
        event_id=event.id,
        type=TYPES[event.type],
        session_id=event.session_id,
        state=STATES[event.state],
        at=to_proto(event.at),
        tries=event.tries,
        tried_at=to_proto_or_none(event.tried_at),
        status=event.status,
        failure=event.failure,
        next_try_at=to_proto_or_none(event.next_try_at),
        title=event.title,
        customer_name=event.customer_name,
    )


def _report(card: chat.SessionCard) -> dict[str, Any] | None:
    if not card.HasField("report"):
        return None
    report = card.report
    return {
        "waitSeconds": report.wait_seconds if report.HasField("wait_seconds") else None,
        "handledDateTime": _moment(report, "handled_at"),
        "durationSeconds": report.duration_seconds if report.HasField("duration_seconds") else None,
        "closedBy": _person(report.closed_by),
    }


def _reference(card: chat.SessionCard) -> dict[str, Any]:
    """What the session belongs to (spec 2.7)."""
    return {
        "ticketId": card.ticket_id or None,
        "ticketNumber": card.ticket_number or None,
        "companyId": card.company_id or None,
        "companyName": card.company_name or None,
        "boardId": card.board_id or None,
    }


def _callback(card: chat.SessionCard) -> dict[str, Any] | None:
    if not card.HasField("callback"):
        return None
    wish = card.callback
    return {
        "phone": wish.phone or None,
        "extension": wish.extension or None,
        "byChat": wish.by_chat,
        "note": wish.note or None,
        "windows": [{"from": _moment(window, "from"), "until": _moment(window, "until")} for window in wish.windows],
    }


def _close_record(card: chat.SessionCard) -> dict[str, Any] | None:
    if not card.HasField("close_record"):
        return None
    record = card.close_record
    return {"by": _person(record.by), "note": record.note or None, "modifiedDateTime": _moment(record, "modified_at")}


def _people(*people: chat.Person) -> list[dict[str, Any]]:
    """Each once, in this order."""
    return list({person.id: shown for person in people if (shown := _person(person))}.values())


def _person(person: chat.Person) -> dict[str, Any] | None:
    return {"id": person.id, "name": person.name, "side": SIDES.get(person.side)} if person.id else None


def _moment(message: Any, field: str) -> str | None:
    stamp: Timestamp = getattr(message, field)
    return to_json(from_proto(stamp)) if message.HasField(field) else None
