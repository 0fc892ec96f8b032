"""The store of presence: the MongoDB adapters and the fakes in memory."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from parley.audit.v1 import audit_pb2
from parley.presence.v1 import presence_pb2 as pb
from servicekit.mongo import MongoOutbox
from services.presence.contract import record_of, records_of
from services.presence.domain.connections import ConnectionsEnded, ConnectionState, Ending
from services.presence.domain.lease import Lease
from services.presence.domain.page import NotificationPermission, PageState
from services.presence.domain.person import AnnouncedPresence, Person, PresenceChanged
from services.presence.domain.presence import Presence
from services.presence.outbound import mongo_leases
from services.presence.outbound.mongo_leases import MongoLeases
from services.presence.outbound.mongo_people import COLLECTION, INDEXES, MongoPeople
from services.presence.ports import Change, Leases, People
from tests.unit.presence.fakes import FakeLeases, FakePeople, Outage

START = datetime(2026, 3, 2, 9, 0, 0, 123000, tzinfo=UTC)
LEASE = Lease("g/a/1", "g", "a", 1, START)
ANNOUNCED = AnnouncedPresence(Presence.ONLINE, None, 1, START)
AVA = Person(
    "ava",
    "harbour",
    True,
    Presence.BUSY,
    (
        ConnectionState(
            "c1",
            "g/a/1",
            START,
            ended=True,
            page=PageState(True, True, True, NotificationPermission.DENIED, True, ("s1",), "b1"),
            page_report=7,
        ),
        ConnectionState("c2", "h/a/1", START, START + timedelta(seconds=1), ended=True),
    ),
    ANNOUNCED,
    START + timedelta(seconds=300),
    endings=(Ending("e1", "zoe", "Zoe", "Left", START, ("c1", "c2")), Ending("e2", "zoe", "Zoe", "", START)),
)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@pytest.fixture(params=["store", "fake"])
async def people(request: pytest.FixtureRequest, database: Any) -> AsyncIterator[People]:
    if request.param == "fake":
        yield FakePeople(Outage())
        return
    await database[COLLECTION].create_indexes(INDEXES)
    yield MongoPeople(database, records_of)


@pytest.fixture(params=["store", "fake"])
def leases(request: pytest.FixtureRequest, database: Any) -> Leases:
    return MongoLeases(database) if request.param == "store" else FakeLeases(Outage())


async def test_a_person_round_trips(people: People) -> None:
    assert await people.save([Change(AVA, [])])

    assert await people.load(["ava", "nobody"]) == {"ava": replace(AVA, version=1)}


async def test_a_document_without_pages_is_read_as_before(database: Any) -> None:
    people = MongoPeople(database, records_of)
    await people.save([Change(AVA, [])])
    stored = await database[COLLECTION].find_one({"_id": "ava"})
    for connection in stored["connections"]:
        del connection["page"], connection["page_report"]
    await database[COLLECTION].replace_one({"_id": "ava"}, stored)

    first, second = AVA.connections
    without = (replace(first, page=None, page_report=0), second)
    assert (await people.load(["ava"]))["ava"] == replace(AVA, version=1, connections=without)


async def test_a_save_of_an_older_version_fails_and_the_others_succeed(people: People) -> None:
    sam = replace(AVA, id="sam")
    await people.save([Change(AVA, [])])

    assert not await people.save([Change(replace(AVA, chosen=None), []), Change(sam, [])])
    assert {id: p.chosen for id, p in (await people.load(["ava", "sam"])).items()} == {"ava": Presence.BUSY, "sam": Presence.BUSY}

    assert await people.save([Change(replace(AVA, chosen=None, version=1), [])])
    assert not await people.save([Change(replace(AVA, version=1), [])])
    assert (await people.load(["ava"]))["ava"] == replace(AVA, chosen=None, version=2)


async def test_people_are_found_by_due_time_lease_and_presence(people: People) -> None:
    late = replace(AVA, id="late", due_at=at(100), connections=(), announced=replace(ANNOUNCED, presence=Presence.OFFLINE))
    never = replace(AVA, id="never", due_at=None, desk_id="other")
    await people.save([Change(person, []) for person in (AVA, late, never)])

    assert await people.due(at(99), 10) == []
    assert await people.due(at(300), 10) == ["late", "ava"]
    assert await people.due(at(300), 1) == ["late"]
    assert sorted(await people.under_lease("g/a/1", 10)) == ["ava", "never"]
    assert await people.under_lease("h/a/1", 10) == []
    assert await people.present("harbour") == ["ava"]


async def test_connections_that_an_admin_ended_are_found_while_they_are_open(people: People) -> None:  # spec 1.15
    await people.save([Change(AVA, []), Change(replace(AVA, id="sam", connections=()), [])])

    assert await people.ended_under("g/a/1") == ["c1"]
    assert await people.ended_under("h/a/1") == []


async def test_an_announcement_is_saved_with_the_person(database: Any) -> None:
    people = MongoPeople(database, records_of)
    await people.save([Change(AVA, [PresenceChanged("ava", "harbour", ANNOUNCED)])])
    await people.save([Change(AVA, [PresenceChanged("ava", "harbour", replace(ANNOUNCED, revision=9))])])

    (unpublished,) = await MongoOutbox(database[COLLECTION]).unpublished(10)

    ((_, record),) = unpublished.records
    assert (record.topic, record.key) == ("parley.presence.v1", "ava")
    assert record.headers == {"desk": "harbour", "people": "ava", "kind": "presence_changed", "traceparent": ""}
    assert record == record_of(PresenceChanged("ava", "harbour", ANNOUNCED))


async def test_an_ending_is_published_for_the_audit_log_in_the_same_write(database: Any) -> None:  # spec 1.15, 10.5
    people = MongoPeople(database, records_of)
    ending = replace(AVA.endings[0], reason="Laptop lost")
    nothing_open = replace(ending, command_id="e2", connection_ids=())
    await people.save([Change(AVA, [ConnectionsEnded("ava", "harbour", ending), ConnectionsEnded("ava", "harbour", nothing_open)])])

    (unpublished,) = await MongoOutbox(database[COLLECTION]).unpublished(10)
    records = [record for _, record in unpublished.records]
    audited = [audit_pb2.AuditEntry.FromString(record.value) for record in records if record.topic == "parley.audit.v1"]

    assert [(record.topic, record.key) for record in records] == [
        ("parley.audit.v1", "harbour"),
        ("parley.presence.v1", "ended:ava"),
        ("parley.audit.v1", "harbour"),
    ]
    assert [(entry.by_id, entry.subject_id, entry.reason) for entry in audited] == [(ending.by, "ava", "Laptop lost")] * 2
    assert len({entry.id for entry in audited}) == 2


async def test_a_record_of_ended_connections_does_not_compact_the_presence_record() -> None:  # spec 1.15, 11.3
    record = record_of(ConnectionsEnded("ava", "harbour", AVA.endings[0]))

    assert record.key == "ended:ava"
    assert {**record.headers, "traceparent": ""} == {"desk": "harbour", "people": "ava", "kind": "connections_ended", "traceparent": ""}
    assert pb.ConnectionsEnded.FromString(record.value).connection_ids == ["c1", "c2"]
    # A reader that ignores the kind reads an empty event.
    assert not pb.PresenceChanged.FromString(record.value).HasField("presence")


async def test_a_lease_begins_once_and_is_renewed_by_increasing_numbers(leases: Leases) -> None:
    assert await leases.begin(LEASE)
    assert not await leases.begin(replace(LEASE, number=9))

    assert await leases.renew(LEASE.id, 3, at(5), at(4))
    assert not await leases.renew(LEASE.id, 3, at(6), at(6))
    assert not await leases.renew("unknown", 4, at(6), at(6))
    assert await leases.all() == [replace(LEASE, number=3, renewed_at=at(5), complete_at=at(4))]


async def test_a_lease_of_an_earlier_version_is_read_as_before(database: Any) -> None:
    leases = MongoLeases(database)
    await leases.begin(LEASE)
    await database[mongo_leases.COLLECTION].update_one({"_id": LEASE.id}, {"$unset": {"complete_at": ""}})

    assert await leases.all() == [LEASE]


async def test_a_lease_that_was_renewed_meanwhile_is_not_ended(leases: Leases) -> None:
    await leases.begin(LEASE)
    await leases.renew(LEASE.id, 2, at(5), at(5))

    assert not await leases.end(LEASE, START, "", at(20))
    renewed = replace(LEASE, number=2, renewed_at=at(5), complete_at=at(5))
    assert await leases.end(renewed, at(5), "b", at(25))
    assert not await leases.end(renewed, at(6), "", at(26))
    assert not await leases.renew(LEASE.id, 3, at(26), at(26))


async def test_ended_leases_are_kept_until_they_are_swept(leases: Leases) -> None:
    active = replace(LEASE, id="h/a/1", replica="h")
    await leases.begin(LEASE)
    await leases.begin(active)
    await leases.end(LEASE, at(1), "", at(20))

    assert await leases.unswept() == [(replace(LEASE, ended_at=at(1)), at(20))]
    await leases.forget(at(100))
    assert len(await leases.all()) == 2

    await leases.swept(LEASE.id)
    assert await leases.unswept() == []
    await leases.forget(at(100))
    assert await leases.all() == [active]
