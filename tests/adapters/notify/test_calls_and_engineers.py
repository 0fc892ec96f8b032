"""The promises of notify's store, kept by the real one and by the fakes that the unit tests trust."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from parley.notify.v1 import notify_pb2 as pb
from servicekit.mongo import MongoOutbox
from services.notify.domain.call import Alert, AlertRaised, AlertWithdrawn, Call, put_away, settled
from services.notify.domain.card import Reason
from services.notify.domain.decision import PresenceFact
from services.notify.outbound import mongo_engineers
from services.notify.outbound.alert_records import record_of
from services.notify.outbound.mongo_calls import COLLECTION, INDEXES, MongoCalls
from services.notify.outbound.mongo_engineers import MongoEngineers
from services.notify.ports import Calls, Engineers
from tests.fakes.clock import TurnedClock
from tests.unit.notify.world import AVA, BO, SAM, START, FakeCalls, FakeEngineers, card, handled

ONLINE = PresenceFact("online", 1, START)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(START)


@pytest.fixture(params=["store", "fake"])
async def calls(request: pytest.FixtureRequest, database: Any, clock: TurnedClock) -> AsyncIterator[Calls]:
    if request.param == "fake":
        fake = FakeCalls()
        fake.clock = clock
        yield fake
        return
    await database[COLLECTION].create_indexes(INDEXES)
    yield MongoCalls(database, record_of, clock)


@pytest.fixture(params=["store", "fake"])
async def engineers(request: pytest.FixtureRequest, database: Any) -> AsyncIterator[Engineers]:
    if request.param == "fake":
        yield FakeEngineers()
        return
    await database[mongo_engineers.COLLECTION].create_indexes(mongo_engineers.INDEXES)
    yield MongoEngineers(database)


def alerted(session_id: str = "s1") -> Call:
    call, _ = settled(Call(card(session_id)), [(AVA, ONLINE), (SAM, ONLINE), (BO, None)], START)
    return put_away(call, "sam", START + timedelta(seconds=3))[0]


async def test_a_call_comes_back_as_saved(calls: Calls) -> None:
    call = alerted()
    assert await calls.save(call, [])
    assert await calls.load("s1") == replace(call, version=1)

    over = settled(replace(call, card=handled(), version=1), [], START)[0]
    assert await calls.save(over, [])
    assert await calls.load("s1") == replace(over, version=2)
    assert await calls.load("unknown") is None


async def test_a_save_over_an_older_version_loses(calls: Calls) -> None:
    assert await calls.save(alerted(), [])

    assert not await calls.save(Call(card()), [])
    assert not await calls.save(replace(alerted(), version=7), [])
    assert await calls.load("s1") == replace(alerted(), version=1)


async def test_open_calls_and_standing_alerts_are_found(calls: Calls) -> None:
    await calls.save(alerted("s1"), [])
    await calls.save(replace(alerted("s2"), card=card("s2", desk_id="other")), [])
    await calls.save(settled(replace(alerted("s3"), card=handled("s3")), [], START)[0], [])

    assert await calls.open() == {"s1": "harbour", "s2": "other"}
    assert await calls.open("harbour") == {"s1": "harbour"}
    assert sorted(call.card.session_id for call in await calls.alerting("ava")) == ["s1", "s2"]
    assert await calls.alerting("sam") == []


async def test_calls_that_are_over_are_forgotten(calls: Calls, clock: TurnedClock) -> None:
    await calls.save(alerted("open"), [])
    await calls.save(Call(handled("over")), [])
    await clock.advance(days=1)
    await calls.save(Call(handled("late")), [])

    await calls.forget(START + timedelta(hours=1))

    assert [id for id in ("open", "over", "late") if await calls.load(id)] == ["open", "late"]


async def test_what_must_be_said_is_saved_with_the_call_in_order(database: Any, clock: TurnedClock) -> None:
    calls = MongoCalls(database, record_of, clock)
    alert = Alert(card(), "ava", Reason.WAITING, START)
    await calls.save(alerted(), [AlertRaised(alert)])
    await calls.save(replace(alerted(), version=1), [AlertWithdrawn(alert), AlertRaised(alert)])
    await calls.save(replace(alerted(), version=1), [AlertRaised(alert)])

    (unsaid,) = await MongoOutbox(database[COLLECTION]).unsaid(10)

    records = [record for _, record in unsaid.entries]
    assert [record.headers["kind"] for record in records] == ["alert_raised", "alert_withdrawn", "alert_raised"]
    assert {(record.topic, record.key, record.headers["desk"], record.headers["people"]) for record in records} == {
        ("parley.notify.v1", "ava", "harbour", "ava")
    }
    raised, withdrawn = (pb.NotifyEvent.FromString(record.value) for record in records[:2])
    assert raised.alert_raised.alert.title == "Printer is on fire"
    assert withdrawn.alert_withdrawn.alert_id == "s1:waiting:ava"


async def test_the_newest_of_directory_and_presence_counts_whatever_comes_last(engineers: Engineers) -> None:
    newer = replace(BO, companies=frozenset({"globex"}), revision=3)
    await engineers.put([AVA, newer])
    await engineers.put([BO, replace(SAM, desk_id="other")])
    away = PresenceFact("away", 5, START + timedelta(seconds=9))
    assert await engineers.put_presence("bo", away)
    assert await engineers.put_presence("bo", ONLINE)
    assert not await engineers.put_presence("mia", ONLINE)

    assert await engineers.one("bo") == (newer, away)
    assert await engineers.one("ava") == (AVA, None)
    assert await engineers.one("mia") is None
    assert sorted(known[0].id for known in await engineers.of_desk("harbour")) == ["ava", "bo"]

    await engineers.put([replace(newer, revision=4, gone=True)])
    assert await engineers.one("bo") == (replace(newer, revision=4, gone=True), away)
