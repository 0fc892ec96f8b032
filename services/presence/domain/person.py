"""A person's facts and announced presence, kept together so that one write saves a fact and its consequence."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.presence.domain.connections import ConnectionFact, ConnectionsEnded, ConnectionState, Ending, OpenPage
from services.presence.domain.errors import CommandIdReused
from services.presence.domain.lease import Lease, complete_at
from services.presence.domain.page import UNREPORTED
from services.presence.domain.presence import Connection, Presence, Rules, next_change, presence_of

# Closed connections are kept for longer than any call takes, so that a delayed report cannot reopen them.
REMEMBERED = timedelta(seconds=60)
# A gateway reports at least this often (the gateway's REFRESH_EVERY, and time to arrive). Its report is late when it has not reported, or
# presence has not saved, what it opened until this long ago.
REPORTED_EVERY = timedelta(seconds=6)
# How long a connection that no longer counts keeps its person present, at a time, while a gateway's report is late.
RECHECK = timedelta(seconds=2)
# Per person. Bounds the document of a page that keeps reconnecting.
MAX_CLOSED = 50
# Per person; the newest are kept.
MAX_ENDINGS = 100
# Per person; the most recently active are listed.
MAX_PAGES = 20


@dataclass(frozen=True, slots=True)
class AnnouncedPresence:
    """The presence that was last published. Revision 0 = none yet."""

    presence: Presence
    chosen: Presence | None
    revision: int
    since: datetime | None


NOTHING_ANNOUNCED = AnnouncedPresence(Presence.OFFLINE, None, 0, None)


@dataclass(frozen=True, slots=True)
class Person:
    """`version` counts saves; a save over another version is refused. `due_at` is when presence may change by time alone."""

    id: str
    desk_id: str
    engineer: bool
    chosen: Presence | None = None
    connections: tuple[ConnectionState, ...] = ()
    announced: AnnouncedPresence = NOTHING_ANNOUNCED
    due_at: datetime | None = None
    version: int = 0
    endings: tuple[Ending, ...] = ()

    def ending_by(self, by: str, command_id: str) -> Ending | None:
        """The ending that this command of this admin made, if any."""
        return next((ending for ending in self.endings if (ending.by, ending.command_id) == (by, command_id)), None)


@dataclass(frozen=True, slots=True)
class PresenceChanged:
    person_id: str
    desk_id: str
    announced: AnnouncedPresence


@dataclass(frozen=True, slots=True)
class TicketViewersChanged:
    """An engineer began or ceased to view these tickets (spec 9.2)."""

    person_id: str
    desk_id: str
    ticket_ids: tuple[str, ...]


Event = PresenceChanged | ConnectionsEnded | TicketViewersChanged


def with_facts(person: Person, facts: Iterable[ConnectionFact], lease_id: str, number: int, now: datetime) -> Person:
    """The person after the report with this number. Repeating a report changes nothing. Moments after `now` become `now`."""
    connections = {connection.id: connection for connection in person.connections}
    for fact in facts:
        before = connections.get(fact.connection_id)
        # A close is final within its lease, so that a delayed report does not reopen the connection. A report under a new lease may.
        if before is None or before.closed_at is None or before.lease_id != lease_id:
            connections[fact.connection_id] = _after(before, fact, lease_id, number, now)
    return replace(person, connections=tuple(connections.values()))


def _after(before: ConnectionState | None, fact: ConnectionFact, lease_id: str, number: int, now: datetime) -> ConnectionState:
    active_at = min(fact.active_at, now)
    closed_at = min(fact.closed_at, now) if fact.closed_at else None
    page, ticket_id, page_report, ended = fact.page, fact.ticket_id, number, False
    if before is not None:
        active_at, ended = max(active_at, before.active_at), before.ended
        if number < before.page_report:
            # A delayed report: the page has reported a newer state since.
            page, ticket_id, page_report = before.page, before.ticket_id, before.page_report
    if closed_at:
        # A closed connection keeps no page, so that closed ones do not enlarge the person's document.
        page, ticket_id = None, ""
    return ConnectionState(fact.connection_id, lease_id, active_at, closed_at, ended, page, page_report, fact.handed_over, ticket_id)


def open_pages(person: Person, living: Collection[str]) -> list[OpenPage]:
    """The person's open pages under the leases `living`, the most recently active first, at most MAX_PAGES. A page that an admin ended is
    not open, although its socket may not be closed yet."""
    connections = [c for c in person.connections if c.closed_at is None and not c.ended and c.lease_id in living]
    connections.sort(key=lambda connection: connection.active_at, reverse=True)
    return [OpenPage(person.id, c.id, c.active_at, c.page or UNREPORTED) for c in connections[:MAX_PAGES]]


def viewed_ticket(person: Person) -> str:
    """The ticket that the engineer views (spec 9.2): that of the most recently active of their pages that show one. Empty without one, and
    for customers. Of people who are settled."""
    shown = [c for c in person.connections if c.ticket_id and c.closed_at is None and not c.ended]
    return max(shown, key=lambda c: c.active_at).ticket_id if person.engineer and shown else ""


def viewers_changed(before: Person, after: Person) -> list[TicketViewersChanged]:
    """The event to publish if `after` views another ticket than `before`, or none."""
    tickets = viewed_ticket(before), viewed_ticket(after)
    return [TicketViewersChanged(after.id, after.desk_id, tuple(filter(None, tickets)))] if tickets[0] != tickets[1] else []


def with_ending(person: Person, ending: Ending) -> Person:
    """Marks the person's open connections as ended. A repeat of the command changes nothing. Raises CommandIdReused.

    Presence changes when a gateway has closed the connections.
    """
    if first := person.ending_by(ending.by, ending.command_id):
        if first.reason != ending.reason:
            raise CommandIdReused("This command id was used for something else", field="command_id")
        return person
    connections = tuple(c if c.closed_at else replace(c, ended=True) for c in person.connections)
    ending = replace(ending, connection_ids=tuple(c.id for c in connections if c.closed_at is None))
    return replace(person, connections=connections, endings=(*person.endings, ending)[-MAX_ENDINGS:])


def newly_ended(before: Person, after: Person) -> list[ConnectionsEnded]:
    """Events for the endings that `after` has and `before` does not, also for one without connections, which is audited."""
    old = {(ending.by, ending.command_id) for ending in before.endings}
    new = (ending for ending in after.endings if (ending.by, ending.command_id) not in old)
    return [ConnectionsEnded(after.id, after.desk_id, ending) for ending in new]


def settled(person: Person, leases: Mapping[str, Lease], now: datetime, rules: Rules) -> tuple[Person, list[PresenceChanged]]:
    """The person by the facts at `now`, and the events to publish. Returns an equal person when nothing changed.

    Nobody who is present becomes offline while a gateway's report is late, but at most a lease later: the page may be connected to that
    gateway (spec 1.6).
    """
    reported_until = complete_at(leases.values()) if person.announced.presence is not Presence.OFFLINE else None

    def gone_at(connection: ConnectionState) -> datetime | None:
        moment = _gone_at(connection, rules)
        if moment is None or reported_until is None or reported_until >= moment - REPORTED_EVERY:
            return moment
        return max(moment, min(now + RECHECK, moment + rules.lease))

    settled_ones = [_with_end_of(connection, leases, now, rules) for connection in person.connections]
    kept = _remembered([(connection, gone_at(connection)) for connection in settled_ones], now)
    connections = [Connection(connection.active_at, gone) for connection, gone in kept]
    after = replace(person, connections=tuple(connection for connection, _ in kept), due_at=next_change(connections, now, rules))
    presence = presence_of(connections, person.chosen, now, rules)
    if (presence, person.chosen) == (person.announced.presence, person.announced.chosen):
        return after, []
    since = person.announced.since if presence is person.announced.presence and person.announced.since else now
    announced = AnnouncedPresence(presence, person.chosen, person.announced.revision + 1, since)
    return replace(after, announced=announced), [PresenceChanged(person.id, person.desk_id, announced)]


def _gone_at(connection: ConnectionState, rules: Rules) -> datetime | None:
    """The page of a connection that was handed over gets more time, because all pages of its gateway reconnect at once."""
    if connection.closed_at is None:
        return None
    return connection.closed_at + (rules.handover if connection.handed_over and not connection.ended else rules.offline_grace)


def _with_end_of(connection: ConnectionState, leases: Mapping[str, Lease], now: datetime, rules: Rules) -> ConnectionState:
    """Closes a connection whose lease has ended. A lease that is no longer stored ended long ago."""
    if connection.closed_at is not None:
        return connection
    lease = leases.get(connection.lease_id)
    if lease is None:
        return replace(connection, closed_at=now - rules.offline_grace, page=None, ticket_id="")
    closed_at = lease.closed_at(rules)
    return connection if closed_at is None else replace(connection, closed_at=closed_at, page=None, ticket_id="")


def _remembered(
    connections: Sequence[tuple[ConnectionState, datetime | None]], now: datetime
) -> list[tuple[ConnectionState, datetime | None]]:
    """Those that are open, that still count, or that closed a short time ago, each with the moment until which it counts."""
    kept = [(c, gone) for c, gone in connections if c.closed_at is None or gone is None or now < max(c.closed_at + REMEMBERED, gone)]
    closed = sorted((c.closed_at for c, _ in kept if c.closed_at), reverse=True)
    oldest = closed[:MAX_CLOSED][-1] if closed else now
    return [(c, gone) for c, gone in kept if c.closed_at is None or c.closed_at >= oldest]
