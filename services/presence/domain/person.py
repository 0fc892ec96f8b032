"""A person's facts, and what was last said of them. Both are kept together, so that one write saves a fact and what follows from it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.presence.domain.connections import ConnectionFact, ConnectionsEnded, ConnectionState, Ending
from services.presence.domain.errors import CommandIdReused
from services.presence.domain.lease import Lease
from services.presence.domain.presence import Connection, Presence, Rules, next_change, presence_of

# A closed connection is remembered for longer than any call takes, so that a report that was overtaken can't open it again.
REMEMBERED = timedelta(seconds=60)
# Of one person. A page that reconnects without end must not make the document grow without end.
MOST_CLOSED = 50
# So many entries of the audit log stay with a person; the newest ones.
MOST_ENDINGS = 100


@dataclass(frozen=True, slots=True)
class AnnouncedPresence:
    """What was last announced. Revision 0 = nothing yet."""

    presence: Presence
    chosen: Presence | None
    revision: int
    since: datetime | None


NOTHING_ANNOUNCED = AnnouncedPresence(Presence.OFFLINE, None, 0, None)


@dataclass(frozen=True, slots=True)
class Person:
    """`version` counts saves: a save is refused when another one came first. `due_at`: look again then, whatever happens."""

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
        """What that command of that admin did, if it was carried out."""
        return next((ending for ending in self.endings if (ending.by, ending.command_id) == (by, command_id)), None)


@dataclass(frozen=True, slots=True)
class PresenceChanged:
    """Others should hear of it."""

    person_id: str
    desk_id: str
    announced: AnnouncedPresence


# What the topic of presence says of a person.
Event = PresenceChanged | ConnectionsEnded


def with_facts(person: Person, facts: Iterable[ConnectionFact], lease_id: str, now: datetime) -> Person:
    """The person after a report. Repeating a report changes nothing; moments from a clock that runs ahead become `now`."""
    known = {connection.id: connection for connection in person.connections}
    for fact in facts:
        before = known.get(fact.connection_id)
        # Within a lease a close is final, so that a report that was overtaken opens nothing. Under another one a gateway knows better.
        if before is None or before.closed_at is None or before.lease_id != lease_id:
            known[fact.connection_id] = _after(before, fact, lease_id, now)
    return replace(person, connections=tuple(known.values()))


def _after(before: ConnectionState | None, fact: ConnectionFact, lease_id: str, now: datetime) -> ConnectionState:
    reported = min(fact.active_at, now)
    active_at = max(reported, before.active_at) if before else reported
    closed_at = min(fact.closed_at, now) if fact.closed_at else None
    return ConnectionState(fact.connection_id, lease_id, active_at, closed_at, before.ended if before else False)


def with_ending(person: Person, ending: Ending) -> Person:
    """The person whose open connections are to be closed. A repeat of the command changes nothing; raises CommandIdReused.

    Presence follows only when a gateway has closed them: until then the facts say that somebody is there.
    """
    if first := person.ending_by(ending.by, ending.command_id):
        if first.reason != ending.reason:
            raise CommandIdReused("This command id was used for something else", field="command_id")
        return person
    known = tuple(c if c.closed_at else replace(c, ended=True) for c in person.connections)
    ending = replace(ending, connection_ids=tuple(c.id for c in known if c.closed_at is None))
    return replace(person, connections=known, endings=(*person.endings, ending)[-MOST_ENDINGS:])


def newly_ended(before: Person, after: Person) -> list[ConnectionsEnded]:
    """What must be said of the endings that came between the two."""
    known = {(ending.by, ending.command_id) for ending in before.endings}
    new = (ending for ending in after.endings if (ending.by, ending.command_id) not in known and ending.connection_ids)
    return [ConnectionsEnded(after.id, after.desk_id, ending) for ending in new]


def settled(person: Person, leases: Mapping[str, Lease], now: datetime, rules: Rules) -> tuple[Person, list[PresenceChanged]]:
    """The person as the facts make them at `now`, and what must be said; the same person again when there is nothing new."""
    known = _remembered([_with_end_of(connection, leases, now, rules) for connection in person.connections], now)
    connections = [Connection(c.active_at, c.closed_at + rules.offline_grace if c.closed_at else None) for c in known]
    after = replace(person, connections=known, due_at=next_change(connections, now, rules))
    presence = presence_of(connections, person.chosen, now, rules)
    if (presence, person.chosen) == (person.announced.presence, person.announced.chosen):
        return after, []
    since = person.announced.since if presence is person.announced.presence and person.announced.since else now
    announced = AnnouncedPresence(presence, person.chosen, person.announced.revision + 1, since)
    return replace(after, announced=announced), [PresenceChanged(person.id, person.desk_id, announced)]


def _with_end_of(connection: ConnectionState, leases: Mapping[str, Lease], now: datetime, rules: Rules) -> ConnectionState:
    """What a lease that ended closes. A lease that is not even remembered ended long ago."""
    if connection.closed_at is not None:
        return connection
    lease = leases.get(connection.lease_id)
    if lease is None:
        return replace(connection, closed_at=now - rules.offline_grace)
    return connection if lease.ended_at is None else replace(connection, closed_at=lease.ended_at)


def _remembered(connections: list[ConnectionState], now: datetime) -> tuple[ConnectionState, ...]:
    closed = sorted((c.closed_at for c in connections if c.closed_at and now < c.closed_at + REMEMBERED), reverse=True)
    oldest = closed[:MOST_CLOSED][-1] if closed else now
    return tuple(c for c in connections if c.closed_at is None or (c.closed_at >= oldest and now < c.closed_at + REMEMBERED))
