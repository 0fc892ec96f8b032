"""Presence as protos, for RPCs and for the topic parley.presence.v1."""

from datetime import timedelta

from google.protobuf.message import Message

from parley.audit.v1 import audit_pb2
from parley.presence.v1 import presence_pb2 as pb
from servicekit import tracing
from servicekit.audit import audit_record
from servicekit.kafka_records import Record
from servicekit.kafka_topics import PRESENCE
from servicekit.moments import from_proto, to_proto, to_proto_or_none
from servicekit.protos import numbers_of
from servicekit.text import fault_of_text
from services.presence.domain.connections import ConnectionFact, ConnectionsEnded, ConnectionsReport, OpenPage
from services.presence.domain.desk_settings import DeskSettings
from services.presence.domain.errors import WrongArgument
from services.presence.domain.page import MAX_BROWSER_ID, MAX_SESSION_ID, MAX_SESSIONS, NotificationPermission, PageState
from services.presence.domain.person import AnnouncedPresence, Event, Person, TicketViewersChanged
from services.presence.domain.presence import Presence

# Values of the header `kind` on parley.presence.v1.
PRESENCE_CHANGED, CONNECTIONS_ENDED, SETTINGS_CHANGED = "presence_changed", "connections_ended", "settings_changed"
VIEWERS_CHANGED = "ticket_viewers_changed"
MAX_REASON, MAX_COMMAND_ID, MAX_TICKET_ID = 500, 64, 128
NUMBERS = numbers_of(Presence, pb.Presence)
PRESENCES = {number: presence for presence, number in NUMBERS.items()}
PERMISSION_NUMBERS = numbers_of(NotificationPermission, pb.NotificationPermission)
PERMISSIONS = {number: permission for permission, number in PERMISSION_NUMBERS.items()}


def announced_to_proto(person_id: str, desk_id: str, announced: AnnouncedPresence) -> pb.PersonPresence:
    return pb.PersonPresence(
        person_id=person_id,
        desk_id=desk_id,
        presence=NUMBERS[announced.presence],
        revision=announced.revision,
        chosen=NUMBERS[announced.chosen] if announced.chosen else pb.PRESENCE_UNSPECIFIED,
        since=to_proto_or_none(announced.since),
    )


def person_to_proto(person: Person) -> pb.PersonPresence:
    return announced_to_proto(person.id, person.desk_id, person.announced)


def settings_to_proto(settings: DeskSettings) -> pb.PresenceSettings:
    return pb.PresenceSettings(away_after=settings.away_after)


def settings_from(request: pb.UpdateSettingsRequest) -> DeskSettings:
    """Raises WrongArgument when there are none. DeskSettings.check checks the amounts."""
    if not request.HasField("settings"):
        raise WrongArgument("There are no settings", field="settings")
    return DeskSettings(request.settings.away_after)


def checked_ending(request: pb.EndConnectionsRequest) -> pb.EndConnectionsRequest:
    """Raises WrongArgument with the field that is wrong."""
    if not 1 <= len(request.command_id) <= MAX_COMMAND_ID or not request.command_id.isprintable():
        raise WrongArgument(f"A command id has 1 to {MAX_COMMAND_ID} printable characters", field="command_id")
    if not request.person_id:
        raise WrongArgument("It is required", field="person_id")
    if request.reason and (fault := fault_of_text(request.reason, MAX_REASON)):
        raise WrongArgument(fault.message, field="reason")
    return request


def viewers_requested(request: pb.ListTicketViewersRequest) -> str:
    """The ticket. Raises WrongArgument."""
    if not 1 <= len(request.ticket_id) <= MAX_TICKET_ID:
        raise WrongArgument(f"An id has 1 to {MAX_TICKET_ID} characters", field="ticket_id")
    return request.ticket_id


def report_from(request: pb.ReportConnectionsRequest) -> ConnectionsReport:
    """Raises WrongArgument with the field that is wrong."""
    for field in ("replica", "incarnation"):
        value = getattr(request, field)
        if not value or "/" in value:
            raise WrongArgument("It must be a name without a slash", field=field)
    if not request.number:
        raise WrongArgument("Reports are numbered from 1", field="number")
    facts = [_fact_from(fact, f"changed[{index}]") for index, fact in enumerate(request.changed)]
    waiting = timedelta(milliseconds=request.waiting_ms)
    return ConnectionsReport(request.replica, request.incarnation, request.number, facts, request.full, waiting, request.last)


def _fact_from(fact: pb.ConnectionFact, where: str) -> ConnectionFact:
    for field in ("connection_id", "person_id", "desk_id"):
        if not getattr(fact, field):
            raise WrongArgument("It is required", field=f"{where}.{field}")
    if not fact.HasField("active_at"):
        raise WrongArgument("It is required", field=f"{where}.active_at")
    if len(fact.ticket_id) > MAX_TICKET_ID:
        raise WrongArgument(f"An id has at most {MAX_TICKET_ID} characters", field=f"{where}.ticket_id")
    if fact.closed and not fact.HasField("closed_at"):
        raise WrongArgument("It is required for a closed connection", field=f"{where}.closed_at")
    return ConnectionFact(
        fact.connection_id,
        fact.person_id,
        fact.desk_id,
        fact.engineer,
        from_proto(fact.active_at),
        from_proto(fact.closed_at) if fact.closed else None,
        _page_from(fact.page, f"{where}.page") if fact.HasField("page") else None,
        fact.handed_over,
        fact.ticket_id,
    )


def _page_from(page: pb.PageState, where: str) -> PageState:
    """A permission that this version does not know counts as not reported."""
    if len(page.session_ids) > MAX_SESSIONS:
        raise WrongArgument(f"At most {MAX_SESSIONS} sessions", field=f"{where}.session_ids")
    if not all(1 <= len(id) <= MAX_SESSION_ID for id in page.session_ids):
        raise WrongArgument(f"An id has 1 to {MAX_SESSION_ID} characters", field=f"{where}.session_ids")
    if not 1 <= len(page.browser_id) <= MAX_BROWSER_ID:
        raise WrongArgument(f"It has 1 to {MAX_BROWSER_ID} characters", field=f"{where}.browser_id")
    return PageState(
        visible=page.visible,
        focused=page.focused,
        installed=page.installed,
        permission=PERMISSIONS.get(page.permission, NotificationPermission.UNKNOWN),
        sound_allowed=page.sound_allowed,
        session_ids=tuple(page.session_ids),
        browser_id=page.browser_id,
    )


def page_to_proto(page: OpenPage) -> pb.Page:
    state = page.state
    return pb.Page(
        person_id=page.person_id,
        connection_id=page.connection_id,
        active_at=to_proto(page.active_at),
        state=pb.PageState(
            visible=state.visible,
            focused=state.focused,
            installed=state.installed,
            permission=PERMISSION_NUMBERS[state.permission],
            sound_allowed=state.sound_allowed,
            session_ids=state.session_ids,
            browser_id=state.browser_id,
        ),
    )


def records_of(event: Event) -> list[Record]:
    """An ending has a record for the audit log too (spec 10.5), and no other one if it ended no connection."""
    if isinstance(event, ConnectionsEnded):
        return [_audited(event), *([record_of(event)] if event.ending.connection_ids else [])]
    return [record_of(event)]


def _audited(event: ConnectionsEnded) -> Record:
    ending = event.ending
    entry = audit_pb2.AuditEntry(
        id=f"ended:{event.person_id}:{ending.by}:{ending.command_id}",
        desk_id=event.desk_id,
        at=to_proto(ending.at),
        kind=audit_pb2.AUDIT_KIND_CONNECTIONS,
        action=audit_pb2.AUDIT_ACTION_ENDED,
        by_id=ending.by,
        subject=audit_pb2.AUDIT_SUBJECT_PERSON,
        subject_id=event.person_id,
        reason=ending.reason,
    )
    return audit_record(entry)


def record_of(event: Event) -> Record:
    """Presence is keyed by the person alone. Endings have their own key, so that compaction does not drop the presence, and so do
    changes of who views a ticket."""
    if isinstance(event, ConnectionsEnded):
        ending = event.ending
        ended = pb.ConnectionsEnded(
            person_id=event.person_id, desk_id=event.desk_id, connection_ids=ending.connection_ids, at=to_proto(ending.at)
        )
        return _record(f"ended:{event.person_id}", CONNECTIONS_ENDED, event.desk_id, event.person_id, ended)
    if isinstance(event, TicketViewersChanged):
        viewed = pb.TicketViewersChanged(person_id=event.person_id, desk_id=event.desk_id, ticket_ids=event.ticket_ids)
        return _record(f"viewer:{event.person_id}", VIEWERS_CHANGED, event.desk_id, event.person_id, viewed)
    changed = pb.PresenceChanged(presence=announced_to_proto(event.person_id, event.desk_id, event.announced))
    return _record(event.person_id, PRESENCE_CHANGED, event.desk_id, event.person_id, changed)


def settings_record(desk_id: str, version: int) -> Record:
    return _record(f"settings:{desk_id}", SETTINGS_CHANGED, desk_id, "", pb.PresenceSettingsChanged(desk_id=desk_id, version=version))


def _record(key: str, kind: str, desk_id: str, person_id: str, value: Message) -> Record:
    headers = {"desk": desk_id, "people": person_id, "kind": kind, "traceparent": tracing.current_traceparent()}
    return Record(PRESENCE.name, key, value.SerializeToString(deterministic=True), headers)
