"""Cards, engineers, presence and alerts in the words of the protos, for calls and for topics alike."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

from parley.chat.v1 import chat_pb2 as chat
from parley.notify.v1 import notify_pb2 as pb
from parley.presence.v1 import presence_pb2 as presence
from parley.tickets.v1 import directory_pb2 as directory
from services.notify.domain.card import Card, Reason, Status
from services.notify.domain.decision import Engineer, Fact, PresenceFact
from services.notify.domain.session_alert import Alert

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STATUSES: dict[int, Status] = {
    chat.CHAT_STATUS_WAITING: Status.WAITING,
    chat.CHAT_STATUS_HANDLED: Status.HANDLED,
    chat.CHAT_STATUS_ABANDONED: Status.ABANDONED,
    chat.CHAT_STATUS_CALLBACK: Status.CALLBACK,
    chat.CHAT_STATUS_COMPLETED: Status.COMPLETED,
}
REASONS: dict[Reason, pb.AlertReason.ValueType] = {
    Reason.WAITING: pb.ALERT_REASON_WAITING,
    Reason.UNATTENDED: pb.ALERT_REASON_UNATTENDED,
    Reason.INVITED: pb.ALERT_REASON_INVITED,
}
PRESENCES: dict[int, str] = {
    presence.PRESENCE_ONLINE: "online",
    presence.PRESENCE_AWAY: "away",
    presence.PRESENCE_BUSY: "busy",
    presence.PRESENCE_OFFLINE: "offline",
}


def moment(at: datetime) -> Timestamp:
    """`at` must be aware."""
    stamp = Timestamp()
    stamp.FromDatetime(at)
    return stamp


def moment_from(stamp: Timestamp) -> datetime:
    """Whole milliseconds, which is what the store keeps."""
    return EPOCH + timedelta(milliseconds=stamp.ToMilliseconds())


def card_from(card: chat.SessionCard) -> Card:
    """A status that is not known calls nobody."""
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
        waiting_since=moment_from(waiting_since),
        modified_at=moment_from(card.modified_at),
        creator_id=card.creator.id,
    )


def engineer_from(entry: directory.DirectoryEntry, recorded_at: datetime) -> Engineer | None:
    """None for what is no engineer."""
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
        gone=person.disabled,
        revision=entry.revision,
        recorded_at=recorded_at,
    )


def presence_from(person: presence.PersonPresence) -> PresenceFact | None:
    """None for a person of whom nothing was ever said."""
    if not person.revision:
        return None
    return PresenceFact(PRESENCES.get(person.presence, "offline"), person.revision, moment_from(person.since))


def alert_to_proto(alert: Alert) -> pb.Alert:
    card = alert.card
    return pb.Alert(
        alert_id=alert.id,
        person_id=alert.person_id,
        session_id=card.session_id,
        reason=REASONS[alert.reason],
        title=card.title,
        customer_id=card.customer_id,
        customer_name=card.customer_name,
        company_name=card.company_name,
        waiting_since=moment(card.waiting_since),
        raised_at=moment(alert.raised_at),
    )


def explanation_to_proto(alerted: bool, facts: Sequence[Fact]) -> pb.ExplainAlertResponse:
    steps = [pb.AlertFact(check=fact.check, passed=fact.passed, text=fact.text, at=moment(fact.at)) for fact in facts]
    return pb.ExplainAlertResponse(alerted=alerted, facts=steps)
