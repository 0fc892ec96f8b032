"""A person's connections, and the presence that is announced."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.presence.domain.connections import ConnectionFact
from services.presence.domain.lease import Lease
from services.presence.domain.person import MAX_CLOSED, REMEMBERED, Person, settled, with_facts
from services.presence.domain.presence import Presence, Rules

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RULES = Rules(
    away_after=timedelta(seconds=300), offline_grace=timedelta(seconds=10), lease=timedelta(seconds=20), handover=timedelta(seconds=40)
)
# Its gateway has always reported everything.
LEASE = Lease("g/1/1", "g", "1", 1, START, complete_at=START + timedelta(days=1))
LEASES = {LEASE.id: LEASE}
AVA = Person("ava", "harbour", engineer=True)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def fact(connection_id: str = "c1", active: float = 0, closed: float | None = None) -> ConnectionFact:
    return ConnectionFact(connection_id, "ava", "harbour", True, at(active), None if closed is None else at(closed))


def after(person: Person, *facts: ConnectionFact, now: float = 0, leases: dict[str, Lease] = LEASES) -> Person:
    return settled(with_facts(person, facts, LEASE.id, 1, at(now)), leases, at(now), RULES)[0]


def test_a_first_connection_is_announced_as_online() -> None:  # spec 1.3
    person, events = settled(with_facts(AVA, [fact()], LEASE.id, 1, START), LEASES, START, RULES)

    assert [(e.announced.presence, e.announced.revision, e.announced.since) for e in events] == [(Presence.ONLINE, 1, START)]
    assert person.due_at == at(300)


def test_a_repeated_decision_announces_once() -> None:
    person = after(AVA, fact())

    assert settled(person, LEASES, at(1), RULES) == (person, [])


def test_a_report_that_is_repeated_changes_nothing() -> None:
    person = after(AVA, fact(), fact("c2", closed=0))

    assert after(person, fact(), fact("c2", closed=0)) == person


def test_a_reload_does_not_change_presence() -> None:  # spec 1.6
    person = after(AVA, fact())
    person = after(person, fact(closed=20), now=20)
    person, events = settled(with_facts(person, [fact("c2", 23)], LEASE.id, 1, at(23)), LEASES, at(23), RULES)

    assert events == []
    assert settled(person, LEASES, at(60), RULES)[1] == []


def test_a_person_is_offline_after_the_grace_of_the_last_connection() -> None:  # spec 1.6
    person = after(AVA, fact(), fact(closed=20), now=20)
    assert person.due_at == at(30)

    person, events = settled(person, LEASES, at(30), RULES)

    assert [e.announced.presence for e in events] == [Presence.OFFLINE]
    assert person.due_at is None


def test_an_older_report_does_not_reopen_a_closed_connection() -> None:
    person = after(AVA, fact(closed=20), now=20)

    assert after(person, fact(active=19), now=21).connections[0].closed_at == at(20)


def test_older_activity_does_not_replace_newer() -> None:
    person = after(AVA, fact(active=50), now=50)

    assert after(person, fact(active=10), now=51).connections[0].active_at == at(50)


def test_activity_in_the_future_does_not_extend_online() -> None:
    assert after(AVA, fact(active=5000), now=1).due_at == at(301)


def test_the_end_of_a_lease_closes_its_connections() -> None:  # spec 1.11
    person = after(AVA, fact())
    ended = {LEASE.id: replace(LEASE, ended_at=START)}

    person, events = settled(person, ended, at(20), RULES)

    assert [e.announced.presence for e in events] == [Presence.OFFLINE]
    assert person.connections[0].closed_at == at(10), "it has the grace, and counted as long as the lease"


def test_a_connection_of_a_deleted_lease_does_not_count() -> None:  # spec 1.11
    assert after(after(AVA, fact()), leases={}, now=5).announced.presence is Presence.OFFLINE


def test_a_choice_is_announced_even_when_presence_does_not_change() -> None:  # spec 1.7
    away = after(AVA, fact(active=-400))
    chosen, events = settled(replace(away, chosen=Presence.AWAY), LEASES, at(5), RULES)

    assert [(e.announced.presence, e.announced.chosen, e.announced.since) for e in events] == [(Presence.AWAY, Presence.AWAY, START)]
    assert chosen.announced.revision == away.announced.revision + 1


def test_closed_connections_are_deleted_and_bounded() -> None:
    facts = [fact(f"c{n}", closed=n / 100) for n in range(3 * MAX_CLOSED)]
    person = after(AVA, *facts, now=2)
    assert len(person.connections) == MAX_CLOSED

    assert settled(person, LEASES, at(2) + REMEMBERED, RULES)[0].connections == ()
