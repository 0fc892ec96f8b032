"""The store of notify: the MongoDB adapters and the fakes in memory."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from parley.notify.v1 import notify_pb2 as pb
from servicekit.mongo import MongoOutbox
from services.notify.contract import record_of
from services.notify.domain.card import Reason
from services.notify.domain.decision import PresenceFact
from services.notify.domain.session_alert import Alert, AlertEvent, SessionAlert, put_away, settled
from services.notify.outbound import mongo_engineers
from services.notify.outbound.mongo_engineers import MongoEngineers
from services.notify.outbound.mongo_session_alerts import COLLECTION, INDEXES, MongoSessionAlerts
from services.notify.ports import Engineers, SessionAlerts
from tests.fakes.clock import TurnedClock
from tests.unit.notify.world import AVA, BO, SAM, START, FakeEngineers, FakeSessionAlerts, card, handled

ONLINE = PresenceFact("online", 1, START)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(START)


@pytest.fixture(params=["store", "fake"])
async def session_alerts(request: pytest.FixtureRequest, database: Any, clock: TurnedClock) -> AsyncIterator[SessionAlerts]:
    if request.param == "fake":
        fake = FakeSessionAlerts()
        fake.clock = clock
        yield fake
        return
    await database[COLLECTION].create_indexes(INDEXES)
    yield MongoSessionAlerts(database, record_of, clock)


@pytest.fixture(params=["store", "fake"])
async def engineers(request: pytest.FixtureRequest, database: Any) -> AsyncIterator[Engineers]:
    if request.param == "fake":
        yield FakeEngineers()
        return
    await database[mongo_engineers.COLLECTION].create_indexes(mongo_engineers.INDEXES)
    yield MongoEngineers(database)


def alerted(session_id: str = "s1") -> SessionAlert:
    session_alert, _ = settled(SessionAlert(card(session_id)), [(AVA, ONLINE), (SAM, ONLINE), (BO, None)], START)
    return put_away(session_alert, "sam", START + timedelta(seconds=3))[0]


async def test_session_alerts_round_trip(session_alerts: SessionAlerts) -> None:
    session_alert = alerted()
    assert await session_alerts.save(session_alert, [])
    assert await session_alerts.load("s1") == replace(session_alert, version=1)

    over = settled(replace(session_alert, card=handled(), version=1), [], START)[0]
    assert await session_alerts.save(over, [])
    assert await session_alerts.load("s1") == replace(over, version=2)
    assert await session_alerts.load("unknown") is None


async def test_a_save_of_an_older_version_fails(session_alerts: SessionAlerts) -> None:
    assert await session_alerts.save(alerted(), [])

    assert not await session_alerts.save(SessionAlert(card()), [])
    assert not await session_alerts.save(replace(alerted(), version=7), [])
    assert await session_alerts.load("s1") == replace(alerted(), version=1)


async def test_open_sessions_and_active_alerts_are_found(session_alerts: SessionAlerts) -> None:
    await session_alerts.save(alerted("s1"), [])
    await session_alerts.save(replace(alerted("s2"), card=card("s2", desk_id="other")), [])
    await session_alerts.save(settled(replace(alerted("s3"), card=handled("s3")), [], START)[0], [])

    assert await session_alerts.open() == {"s1": "harbour", "s2": "other"}
    assert await session_alerts.open("harbour") == {"s1": "harbour"}
    assert sorted(session_alert.card.session_id for session_alert in await session_alerts.alerting("ava")) == ["s1", "s2"]
    assert await session_alerts.alerting("sam") == []


async def test_closed_session_alerts_are_deleted(session_alerts: SessionAlerts, clock: TurnedClock) -> None:
    await session_alerts.save(alerted("open"), [])
    await session_alerts.save(SessionAlert(handled("over")), [])
    await clock.advance(days=1)
    await session_alerts.save(SessionAlert(handled("late")), [])

    await session_alerts.forget(START + timedelta(hours=1))

    assert [id for id in ("open", "over", "late") if await session_alerts.load(id)] == ["open", "late"]


async def test_events_are_saved_with_the_session_alerts_in_order(database: Any, clock: TurnedClock) -> None:
    session_alerts = MongoSessionAlerts(database, record_of, clock)
    alert = Alert(card(), "ava", Reason.WAITING, START)
    await session_alerts.save(alerted(), [AlertEvent(alert, raised=True)])
    await session_alerts.save(replace(alerted(), version=1), [AlertEvent(alert, raised=False), AlertEvent(alert, raised=True)])
    await session_alerts.save(replace(alerted(), version=1), [AlertEvent(alert, raised=True)])

    (unpublished,) = await MongoOutbox(database[COLLECTION]).unpublished(10)

    records = [record for _, record in unpublished.entries]
    assert [record.headers["kind"] for record in records] == ["alert_raised", "alert_withdrawn", "alert_raised"]
    assert {(record.topic, record.key, record.headers["desk"], record.headers["people"]) for record in records} == {
        ("parley.notify.v1", "ava", "harbour", "ava")
    }
    raised, withdrawn = (pb.NotifyEvent.FromString(record.value) for record in records[:2])
    assert raised.alert_raised.alert.title == "Printer is on fire"
    assert withdrawn.alert_withdrawn.alert_id == "s1:waiting:ava"


async def test_the_newest_directory_entry_and_presence_count_in_any_order(engineers: Engineers) -> None:
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
    assert sorted(kept[0].id for kept in await engineers.of_desk("harbour")) == ["ava", "bo"]

    await engineers.put([replace(newer, revision=4, gone=True)])
    assert await engineers.one("bo") == (replace(newer, revision=4, gone=True), away)
