"""The store of the audit log."""

from datetime import timedelta

import pytest

from servicekit.mongo import Mongo
from services.tickets.domain.audit import AuditChange, AuditCursor, AuditKind, AuditQuery
from services.tickets.outbound.mongo_audit import MongoAuditLog
from services.tickets.ports import AuditLog
from tests.unit.tickets.desk import AT, HARBOUR
from tests.unit.tickets.fake_audit_log import FakeAuditLog
from tests.unit.tickets.test_audit import entry

LATER = AT + timedelta(seconds=2)


@pytest.fixture(params=["fake", "store"])
def audit_log(request: pytest.FixtureRequest) -> AuditLog:
    if request.param == "fake":
        return FakeAuditLog()
    mongo: Mongo = request.getfixturevalue("mongo")
    return MongoAuditLog(mongo)


ENTRIES = [
    entry("a", 0, changes=(AuditChange("role", "engineer", "admin"),), reason="Lost", address="192.0.2.1"),
    entry("b", 1, by_id="sam", subject_id="ava", kind=AuditKind.CONNECTIONS),
    entry("c", 2, by_id="sam", subject_id="sam", kind=AuditKind.SIGN_IN),
    entry("d", 2, by_id="ava", subject_id="leo"),
    entry("e", 3, desk_id="elsewhere"),
]


async def test_an_entry_round_trips_and_is_added_once(audit_log: AuditLog) -> None:  # spec 10.5
    assert await audit_log.add(ENTRIES[0])
    assert not await audit_log.add(entry("a", 9, by_id="somebody else"))

    assert await audit_log.find(AuditQuery(desk_id=HARBOUR), None, 10) == ENTRIES[:1]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        (AuditQuery(desk_id=HARBOUR), "dcba"),
        (AuditQuery(desk_id="harbou"), ""),
        (AuditQuery(desk_id=HARBOUR, kind=AuditKind.ACCESS), "da"),
        (AuditQuery(desk_id=HARBOUR, person_id="ava"), "dba"),
        (AuditQuery(desk_id=HARBOUR, person_id="sam"), "cb"),
        (AuditQuery(desk_id=HARBOUR, person_id="ava", kind=AuditKind.CONNECTIONS), "b"),
        (AuditQuery(desk_id=HARBOUR, person_id="a"), ""),
        (AuditQuery(desk_id=HARBOUR, since=LATER), "dc"),
        (AuditQuery(desk_id=HARBOUR, until=LATER), "ba"),
        (AuditQuery(desk_id=HARBOUR, since=AT, until=LATER, person_id="ava"), "ba"),
    ],
)
async def test_entries_are_found_newest_first_on_pages_of_any_size(audit_log: AuditLog, query: AuditQuery, ids: str) -> None:  # spec 10.5
    for one in ENTRIES:
        await audit_log.add(one)
    for size in (1, 2, 10):
        found, below = list[str](), None
        while page := await audit_log.find(query, below, size):
            found += [one.id for one in page]
            below = AuditCursor.of(page[-1])
        assert found == list(ids)


async def test_entries_from_before_a_moment_are_removed(audit_log: AuditLog) -> None:  # spec 10.5
    for one in ENTRIES:
        await audit_log.add(one)

    assert await audit_log.remove(LATER) == 2
    assert [one.id for one in await audit_log.find(AuditQuery(desk_id=HARBOUR), None, 10)] == ["d", "c"]


async def test_the_addresses_of_one_person_are_removed(audit_log: AuditLog) -> None:  # spec 10.6
    one = {"address": "192.0.2.1"}
    mine = [entry("m1", 0, by_id="mia", **one), entry("m2", 1, by_id="mia", kind=AuditKind.SIGN_IN, **one), entry("m3", 2, by_id="mia")]
    others = [entry("o1", 3, subject_id="mia", **one), entry("o2", 4, by_id="miao", **one)]
    for each in (*mine, *others):
        await audit_log.add(each)

    assert await audit_log.forget_addresses(HARBOUR, "mia") == 2
    assert await audit_log.forget_addresses(HARBOUR, "mia") == 0

    found = await audit_log.find(AuditQuery(desk_id=HARBOUR), None, 10)
    assert {each.id: each.address for each in found} == {"m1": "", "m2": "", "m3": "", "o1": "192.0.2.1", "o2": "192.0.2.1"}
    assert not await audit_log.add(mine[0])
