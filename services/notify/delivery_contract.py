"""Deliveries, notifications, preferences and pages as protos, for RPCs, topics and Web Push."""

import json
from datetime import datetime

from google.protobuf.json_format import MessageToDict

from parley.notify.v1 import delivery_pb2 as pb
from parley.notify.v1 import notify_pb2
from parley.presence.v1 import presence_pb2 as presence
from servicekit import tracing
from servicekit.identity import new_id
from servicekit.kafka_records import Record
from servicekit.kafka_topics import NOTIFY
from servicekit.moments import from_proto, to_proto, to_proto_or_none
from servicekit.protos import numbers_of
from services.notify.delivery_ports import PersonPart
from services.notify.domain.delivery import Delivery
from services.notify.domain.delivery_report import DeliveryReport, Outcome
from services.notify.domain.errors import WrongArgument
from services.notify.domain.notification import Kind
from services.notify.domain.page import Channel, Page, Permission
from services.notify.domain.preferences import Preferences

MAX_ID = 64
KINDS = numbers_of(Kind, pb.NotificationKind)
CHANNELS = numbers_of(Channel, pb.Channel)
OUTCOMES = {number: outcome for outcome, number in numbers_of(Outcome, pb.DeliveryOutcome).items()}
PERMISSIONS = {number: permission for permission, number in numbers_of(Permission, presence.NotificationPermission).items()}


def page_from(page: presence.Page) -> Page:
    state = page.state
    return Page(
        connection_id=page.connection_id,
        active_at=from_proto(page.active_at),
        visible=state.visible,
        focused=state.focused,
        installed=state.installed,
        permission=PERMISSIONS.get(state.permission, Permission.UNKNOWN),
        sound_allowed=state.sound_allowed,
        session_ids=frozenset(state.session_ids),
    )


def report_from(request: pb.ReportDeliveryRequest) -> DeliveryReport:
    """Raises WrongArgument for an outcome without a meaning."""
    if request.outcome not in OUTCOMES:
        raise WrongArgument("There is no such outcome.", field="outcome")
    return DeliveryReport(OUTCOMES[request.outcome], request.reason, request.place)


def sign_in_expiry_from(request: pb.SubscribeRequest) -> datetime:
    """Raises WrongArgument for a request without it, and for a time outside the range of a timestamp."""
    try:
        return from_proto(request.sign_in_expires_at)
    except (ValueError, OverflowError):
        raise WrongArgument("The time is outside the range of a timestamp.", field="sign_in_expires_at") from None


def preferences_to_proto(preferences: Preferences) -> pb.Preferences:
    return pb.Preferences(
        sound=preferences.sound,
        volume=preferences.volume,
        chat_sound=preferences.chat_sound,
        message_sound=preferences.message_sound,
        browser_notifications=preferences.browser_notifications,
        push_when_away=preferences.push_when_away,
        language=preferences.language,
    )


def preferences_from(request: pb.UpdatePreferencesRequest) -> Preferences:
    """Raises WrongArgument for a request without preferences."""
    if not request.HasField("preferences"):
        raise WrongArgument("There are no preferences", field="preferences")
    new = request.preferences
    return Preferences(
        sound=new.sound,
        volume=new.volume,
        chat_sound=new.chat_sound,
        message_sound=new.message_sound,
        browser_notifications=new.browser_notifications,
        push_when_away=new.push_when_away,
        language=new.language,
    )


def notification_to_proto(delivery: Delivery) -> pb.Notification:
    content = delivery.content
    return pb.Notification(
        delivery_id=delivery.id,
        kind=KINDS[delivery.kind],
        session_id=delivery.session_id,
        title=content.title,
        body=content.body,
        picture_person_id=content.picture_person_id,
        tag=content.tag,
        sound=delivery.sound,
        show=delivery.show,
        rung=delivery.rung,
        asked_at=to_proto(delivery.asked_at),
        close=delivery.close,
        place=delivery.place,
        person_id=delivery.person_id,
    )


def payload_of(delivery: Delivery) -> bytes:
    """The notification as frames write it: JSON in camelCase. At most about 2 KB, because names and titles are cut."""
    message = MessageToDict(notification_to_proto(delivery), always_print_fields_with_no_presence=True)
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def delivery_to_proto(delivery: Delivery) -> pb.Delivery:
    return pb.Delivery(
        delivery_id=delivery.id,
        person_id=delivery.person_id,
        session_id=delivery.session_id,
        kind=KINDS[delivery.kind],
        rung=delivery.rung,
        asked_at=to_proto(delivery.asked_at),
        channel=CHANNELS[delivery.channel],
        why=[fact.text for fact in delivery.why],
        sent_at=to_proto_or_none(delivery.sent_at),
        received_at=to_proto_or_none(delivery.received_at),
        shown_at=to_proto_or_none(delivery.shown_at),
        sounded_at=to_proto_or_none(delivery.sounded_at),
        failed_at=to_proto_or_none(delivery.failed_at),
        failure=delivery.failure,
        clicked_at=to_proto_or_none(delivery.clicked_at),
        action=delivery.action,
    )


def person_asked_for(request: pb.GetPersonDataRequest) -> tuple[str, str]:
    """The desk and the person. Raises WrongArgument."""
    for field in ("desk_id", "person_id"):
        if not 1 <= len(getattr(request, field)) <= MAX_ID:
            raise WrongArgument(f"An id has 1 to {MAX_ID} characters.", field=field)
    return request.desk_id, request.person_id


def person_part_to_proto(part: PersonPart) -> pb.GetPersonDataResponse:
    return pb.GetPersonDataResponse(
        preferences=preferences_to_proto(part.preferences) if part.preferences else None,
        subscriptions=[pb.PersonSubscription(host=each.host, created_at=to_proto(each.created_at)) for each in part.subscriptions],
        changes=[pb.PersonChange(kind=each.kind, at=to_proto(each.at), value=each.value) for each in part.changes],
        deliveries=map(delivery_to_proto, part.deliveries),
    )


def notification_record(delivery: Delivery, at: datetime) -> Record:
    """For the gateway that holds the page's socket. Keyed by person, like the person's alerts."""
    sent = notify_pb2.NotificationSent(
        connection_id=delivery.connection_id,
        notification=notification_to_proto(delivery),
        company_id=delivery.content.company_id,
        board_id=delivery.content.board_id,
    )
    value = notify_pb2.NotifyEvent(event_id=new_id(), at=to_proto(at), notification_sent=sent)
    headers = {
        "desk": delivery.desk_id,
        "people": delivery.person_id,
        "kind": "notification_sent",
        "traceparent": tracing.current_traceparent(),
    }
    return Record(NOTIFY.name, delivery.session_id or delivery.person_id, value.SerializeToString(deterministic=True), headers)
