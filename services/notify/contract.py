"""Cards, messages, engineers, presence, alerts and settings as protos, for RPCs and for topics."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from parley.chat.v1 import chat_pb2 as chat
from parley.notify.v1 import notify_pb2 as pb
from parley.presence.v1 import presence_pb2 as presence
from parley.tickets.v1 import directory_pb2 as directory
from servicekit import tracing
from servicekit.identity import new_id
from servicekit.kafka_records import Record
from servicekit.kafka_topics import NOTIFY
from servicekit.moments import from_proto, to_proto
from servicekit.protos import numbers_of
from services.notify.delivery_contract import delivery_to_proto
from services.notify.domain.card import Card, Invitation, Reason, Status, Transfer
from services.notify.domain.decision import Engineer, Fact, PresenceFact
from services.notify.domain.delivery import Delivery
from services.notify.domain.desk_settings import AlertSettings
from services.notify.domain.errors import WrongArgument
from services.notify.domain.session_alert import Alert, AlertEvent
from services.notify.handlers.messages import NewMessage

STATUSES = {number: status for status, number in numbers_of(Status, chat.ChatStatus).items()}
REASONS = numbers_of(Reason, pb.AlertReason)
# Of one record. Bounds its size.
MAX_PEOPLE = 500
PRESENCES = {number: name.removeprefix("PRESENCE_").lower() for name, number in presence.Presence.items() if number}


def card_from(card: chat.SessionCard) -> Card:
    """A card with an unknown status alerts nobody."""
    waiting_since = card.waiting_since if card.HasField("waiting_since") else card.opened_at
    return Card(
        session_id=card.session_id,
        desk_id=card.desk_id,
        revision=card.revision,
        status=STATUSES.get(card.status, Status.COMPLETED),
        push=card.type == chat.CHAT_TYPE_PUSH,
        unattended=card.unattended,
        title=card.title,
        customer_id=card.customer.id,
        customer_name=card.customer.name,
        company_id=card.company_id,
        company_name=card.company_name,
        board_id=card.board_id,
        invited=frozenset(person.id for person in card.invited),
        participants=frozenset(person.id for person in card.participants),
        waiting_since=from_proto(waiting_since),
        modified_at=from_proto(card.modified_at),
        creator_id=card.creator.id,
        creator_name=card.creator.name,
        invitations=tuple(Invitation(each.engineer.id, each.by.id, each.by.name, from_proto(each.at)) for each in card.invitations),
        transfer=_transfer_from(card) if card.HasField("transfer") else None,
    )


def _transfer_from(card: chat.SessionCard) -> Transfer:
    """A session on a ticket stays on the ticket's board (spec 2.10)."""
    transfer = card.transfer
    board_id = transfer.board_id if transfer.board_id and not card.ticket_id else card.board_id
    asked, by = frozenset(person.id for person in transfer.asked), transfer.by
    return Transfer(asked, by.id, by.name, from_proto(transfer.at), from_proto(transfer.expires_at), board_id)


def message_from(changed: chat.SessionChanged) -> NewMessage | None:
    """None for an entry without a message of a person to others. An internal note is a message to the engineers alone (spec 13.3)."""
    entry, card = changed.entry, changed.card
    kinds = {event.WhichOneof("event") for event in entry.events}
    others = [person for person in card.participants if person.id != entry.by.id]
    if "note_written" in kinds:
        others = [person for person in others if person.side == chat.SIDE_ENGINEER]
    if not entry.by.id or not others or not kinds & {"message_posted", "note_written"}:
        return None
    return NewMessage(
        desk_id=card.desk_id,
        session_id=card.session_id,
        author_id=entry.by.id,
        author_name=entry.by.name,
        revision=entry.revision,
        at=from_proto(entry.at),
        customers=tuple((person.id, person.name) for person in others if person.side == chat.SIDE_CUSTOMER),
        engineers=tuple(person.id for person in others if person.side == chat.SIDE_ENGINEER),
        card=partial(card_from, card),
    )


def engineer_from(entry: directory.DirectoryEntry, recorded_at: datetime) -> Engineer | None:
    """None when the entry is not an engineer."""
    person = entry.person
    if entry.WhichOneof("entry") != "person" or person.kind != directory.PERSON_KIND_ENGINEER:
        return None
    access = person.access
    return Engineer(
        id=person.id,
        desk_id=person.desk_id,
        name=person.name,
        companies=None if access.all_companies else frozenset(access.company_ids),
        boards=None if access.all_boards else frozenset(access.board_ids),
        disabled=person.disabled,
        revision=entry.revision,
        recorded_at=recorded_at,
    )


def presence_from(person: presence.PersonPresence) -> PresenceFact | None:
    """None for a person whose presence was never announced."""
    if not person.revision:
        return None
    return PresenceFact(PRESENCES.get(person.presence, "offline"), person.revision, from_proto(person.since))


def alert_to_proto(alert: Alert) -> pb.Alert:
    card, transfer = alert.card, alert.transfer
    asked = alert.invitation or transfer
    return pb.Alert(
        alert_id=alert.id,
        person_id=alert.person_id,
        session_id=card.session_id,
        reason=REASONS[alert.reason],
        title=card.title,
        customer_id=card.customer_id,
        customer_name=card.customer_name,
        company_name=card.company_name,
        waiting_since=to_proto(card.waiting_since),
        raised_at=to_proto(alert.raised_at),
        invited_by_id=asked.by_id if asked else "",
        invited_by_name=asked.by_name if asked else "",
        invited_at=to_proto(asked.at) if asked else None,
        company_id=card.company_id,
        board_id=transfer.board_id if transfer else card.board_id,
        expires_at=to_proto(transfer.expires_at) if transfer else None,
    )


def explanation_to_proto(alerted: bool, facts: Sequence[Fact], deliveries: Sequence[Delivery]) -> pb.ExplainAlertResponse:
    steps = [pb.AlertFact(check=fact.check, passed=fact.passed, text=fact.text, at=to_proto(fact.at)) for fact in facts]
    return pb.ExplainAlertResponse(alerted=alerted, facts=steps, deliveries=map(delivery_to_proto, deliveries))


def settings_to_proto(settings: AlertSettings) -> pb.AlertSettings:
    return pb.AlertSettings(first=settings.first, every=settings.every, until=settings.until)


def settings_from(request: pb.UpdateSettingsRequest) -> AlertSettings:
    """Raises WrongArgument for a request without settings."""
    if not request.HasField("settings"):
        raise WrongArgument("There are no settings", field="settings")
    return AlertSettings(request.settings.first, request.settings.every, request.settings.until)


def settings_record(desk_id: str, version: int) -> Record:
    """A desk's settings changed: every replica with a cached copy consumes this."""
    value = pb.NotifyEvent(event_id=new_id(), settings_changed=pb.AlertSettingsChanged(desk_id=desk_id, version=version))
    headers = {"desk": desk_id, "people": "", "kind": "settings_changed", "traceparent": tracing.current_traceparent()}
    return Record(NOTIFY.name, f"settings:{desk_id}", value.SerializeToString(deterministic=True), headers)


def records_of(events: Sequence[AlertEvent], at: datetime) -> list[Record]:
    """The records of a session's alerts, withdrawals first. Engineers with the same alert share one.

    Their key is the session, so that its alerts stay in order. A record that is published twice has the same event id.
    """
    groups = dict[object, tuple[pb.NotifyEvent, list[str]]]()
    for event in sorted(events, key=lambda event: event.raised):
        alert = event.alert
        group = event.raised, alert.card, alert.reason, alert.raised_at, alert.invitation
        if group not in groups:
            groups[group] = _shared(event), []
        groups[group][1].append(alert.person_id)
    headers = {"desk": events[0].alert.card.desk_id, "traceparent": tracing.current_traceparent()} if events else {}
    records = list[Record]()
    for value, people in groups.values():
        kind = str(value.WhichOneof("event"))
        for first in range(0, len(people), MAX_PEOPLE):
            named = people[first : first + MAX_PEOPLE]
            copy = pb.NotifyEvent(event_id=new_id(), at=to_proto(at))
            copy.MergeFrom(value)
            getattr(copy, kind).person_ids.extend(named)
            more = {**headers, "people": ",".join(named), "kind": kind}
            records.append(Record(NOTIFY.name, events[0].alert.card.session_id, copy.SerializeToString(deterministic=True), more))
    return records


def _shared(event: AlertEvent) -> pb.NotifyEvent:
    """The event without its engineer."""
    alert, value = event.alert, pb.NotifyEvent()
    id = alert.id.removesuffix(f":{alert.person_id}")
    if event.raised:
        value.alert_raised.alert.CopyFrom(alert_to_proto(alert))
        value.alert_raised.alert.alert_id = id
        value.alert_raised.alert.ClearField("person_id")
    else:
        value.alert_withdrawn.CopyFrom(pb.AlertWithdrawn(alert_id=id, session_id=alert.card.session_id))
    return value
