"""Presence in the words of the protos, for calls and for the topic alike."""

from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

from parley.presence.v1 import presence_pb2 as pb
from servicekit.text import fault_of_text
from services.presence.domain.errors import WrongArgument
from services.presence.domain.person import AnnouncedPresence, Person
from services.presence.domain.presence import Presence
from services.presence.domain.report import ConnectionFact, Report
from services.presence.domain.settings import DeskSettings

# What the header `kind` says of a record of parley.presence.v1.
PRESENCE_CHANGED, CONNECTIONS_ENDED, SETTINGS_CHANGED = "presence_changed", "connections_ended", "settings_changed"
MOST_REASON, MOST_COMMAND_ID = 500, 64
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NUMBERS: dict[Presence, pb.Presence.ValueType] = {
    Presence.ONLINE: pb.PRESENCE_ONLINE,
    Presence.AWAY: pb.PRESENCE_AWAY,
    Presence.BUSY: pb.PRESENCE_BUSY,
    Presence.OFFLINE: pb.PRESENCE_OFFLINE,
}
WORDS = {number: word for word, number in NUMBERS.items()}


def moment(at: datetime) -> Timestamp:
    """`at` must be aware."""
    stamp = Timestamp()
    stamp.FromDatetime(at)
    return stamp


def moment_from(stamp: Timestamp) -> datetime:
    """Whole milliseconds, which is what the store keeps."""
    return EPOCH + timedelta(milliseconds=stamp.ToMilliseconds())


def announced_to_proto(person_id: str, desk_id: str, announced: AnnouncedPresence) -> pb.PersonPresence:
    answer = pb.PersonPresence(
        person_id=person_id,
        desk_id=desk_id,
        presence=NUMBERS[announced.presence],
        revision=announced.revision,
        chosen=NUMBERS[announced.chosen] if announced.chosen else pb.PRESENCE_UNSPECIFIED,
    )
    if announced.since is not None:
        answer.since.CopyFrom(moment(announced.since))
    return answer


def person_to_proto(person: Person) -> pb.PersonPresence:
    return announced_to_proto(person.id, person.desk_id, person.announced)


def settings_to_proto(settings: DeskSettings) -> pb.PresenceSettings:
    return pb.PresenceSettings(away_after=settings.away_after)


def settings_from(request: pb.UpdateSettingsRequest) -> DeskSettings:
    """Raises WrongArgument; amounts are checked by the domain."""
    if not request.HasField("settings"):
        raise WrongArgument("There are no settings", field="settings")
    return DeskSettings(request.settings.away_after)


def checked_ending(request: pb.EndConnectionsRequest) -> pb.EndConnectionsRequest:
    """Raises WrongArgument with the field."""
    if not 1 <= len(request.command_id) <= MOST_COMMAND_ID or not request.command_id.isprintable():
        raise WrongArgument(f"A command id has 1 to {MOST_COMMAND_ID} printable characters", field="command_id")
    if not request.person_id:
        raise WrongArgument("It must be named", field="person_id")
    if request.reason and (fault := fault_of_text(request.reason, MOST_REASON)):
        raise WrongArgument(fault.message, field="reason")
    return request


def report_from(request: pb.ReportConnectionsRequest) -> Report:
    """Raises WrongArgument with the field."""
    for field in ("replica", "incarnation"):
        value = getattr(request, field)
        if not value or "/" in value:
            raise WrongArgument("A name without a slash is needed", field=field)
    if not request.number:
        raise WrongArgument("Reports are numbered from 1", field="number")
    facts = [_fact_from(fact, f"changed[{index}]") for index, fact in enumerate(request.changed)]
    return Report(request.replica, request.incarnation, request.number, facts, request.full)


def _fact_from(fact: pb.ConnectionFact, where: str) -> ConnectionFact:
    for field in ("connection_id", "person_id", "desk_id"):
        if not getattr(fact, field):
            raise WrongArgument("It must be named", field=f"{where}.{field}")
    if not fact.HasField("active_at"):
        raise WrongArgument("Its person was active at some time", field=f"{where}.active_at")
    if fact.closed and not fact.HasField("closed_at"):
        raise WrongArgument("A closed connection closed at some time", field=f"{where}.closed_at")
    return ConnectionFact(
        fact.connection_id,
        fact.person_id,
        fact.desk_id,
        fact.engineer,
        moment_from(fact.active_at),
        moment_from(fact.closed_at) if fact.closed else None,
    )
