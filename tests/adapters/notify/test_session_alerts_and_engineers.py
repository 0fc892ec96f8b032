"""The store of notify: the MongoDB adapters and the fakes in memory."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from bson import json_util

from parley.notify.v1 import notify_pb2 as pb
from servicekit.mongo import MongoOutbox
from services.notify.contract import records_of
from services.notify.domain.card import Reason
from services.notify.domain.decision import PresenceFact
from services.notify.domain.session_alert import Alert, AlertEvent, EngineerWithPresence, SessionAlert, new_session_alert, put_away, settled
from services.notify.outbound import mongo_engineer_history, mongo_engineers
from services.notify.outbound.mongo_engineers import MongoEngineers
from services.notify.outbound.mongo_session_alerts import COLLECTION, INDEXES, MongoSessionAlerts
from services.notify.ports import Engineers, SessionAlerts
from stack.services import ROOT
from tests.fakes.clock import TurnedClock
from tests.unit.notify.alert_stores import FakeEngineers, FakeSessionAlerts
from tests.unit.notify.world import AVA, BO, SAM, START, card, engineer, handled

ONLINE = PresenceFact("online", 1, START)
FAR = engineer("far", companies=["globex"])


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
    yield MongoSessionAlerts(database, records_of, clock)


@pytest.fixture(params=["store", "fake"])
async def engineers(request: pytest.FixtureRequest, database: Any) -> AsyncIterator[Engineers]:
    if request.param == "fake":
        yield FakeEngineers()
        return
    await database[mongo_engineers.COLLECTION].create_indexes(mongo_engineers.INDEXES)
    await database[mongo_engineer_history.COLLECTION].create_indexes(mongo_engineer_history.INDEXES)
    yield MongoEngineers(database)


def alerted(session_id: str = "s1") -> SessionAlert:
    people = [EngineerWithPresence(AVA, ONLINE), EngineerWithPresence(SAM, ONLINE), EngineerWithPresence(BO, None)]
    session_alert, _ = settled(new_session_alert(card(session_id)), people, START)
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


async def test_a_change_of_one_engineer_writes_their_part_alone(database: Any, clock: TurnedClock) -> None:
    """Ava goes and comes back, and each step leaves the document that a save of the whole leaves."""
    parts, wholes = (MongoSessionAlerts(database, records_of, clock) for _ in range(2))
    away, push = PresenceFact("away", 2, START), EngineerWithPresence(AVA, PresenceFact("away", 3, START), push_when_away=True)
    before, later = alerted(), START + timedelta(seconds=9)
    await parts.save(before, [])
    # No save knows this field, so only a save of all people removes it.
    await database[COLLECTION].update_one({"_id": "s1", "people.id": "sam"}, {"$set": {"people.$.mark": 1}})
    for version, found in enumerate((EngineerWithPresence(AVA, away), EngineerWithPresence(AVA, ONLINE), push), 1):
        before = replace(before, version=version)
        after, events = settled(before, [found], later)
        assert await parts.save(after, events, before)
        assert not await parts.save(after, events, before)
        assert await parts.load("s1") == replace(after, version=version + 1)
        of_part = await database[COLLECTION].find_one({"_id": "s1"}, {"outbox": 0, "outbox_pending": 0})
        assert [person.pop("mark", 0) for person in of_part["people"]] == [0, 1]
        await wholes.save(replace(after, card=card("s2"), version=0), [])
        assert of_part == {**await database[COLLECTION].find_one({"_id": "s2"}), "_id": "s1", "version": version + 1}
        await database[COLLECTION].delete_one({"_id": "s2"})
        before = after

    # Another reason, another card or a new engineer: all is written.
    before = replace(before, version=4)
    after, events = settled(replace(before, card=handled(unattended=True)), [EngineerWithPresence(BO, ONLINE)], later)
    assert await parts.save(after, events, before)
    assert await parts.load("s1") == replace(after, version=5)


async def test_open_sessions_and_active_alerts_are_found(session_alerts: SessionAlerts) -> None:
    await session_alerts.save(alerted("s1"), [])
    await session_alerts.save(replace(alerted("s2"), card=card("s2", desk_id="other")), [])
    await session_alerts.save(settled(replace(alerted("s3"), card=handled("s3")), [], START)[0], [])

    assert await session_alerts.open("harbour") == {"s1"} and await session_alerts.open("other") == {"s2"}
    open_to = {engineer.id: [found.session_id for found in await session_alerts.open_to(engineer)] for engineer in (AVA, SAM, BO, FAR)}
    assert open_to == {"ava": [], "sam": ["s1"], "bo": ["s1"], "far": []}
    assert await session_alerts.open_to(SAM) == [card("s1")]
    of_ava = sorted(await session_alerts.alerting("ava"), key=lambda part: part.card.session_id)
    assert of_ava == [(card("s1"), alerted().people["ava"]), (card("s2", desk_id="other"), alerted().people["ava"])]
    assert await session_alerts.alerting("sam") == []
    asked = [("s1", "ava", Reason.WAITING), ("s1", "ava", Reason.INVITED), ("s1", "sam", Reason.WAITING), ("s9", "ava", Reason.WAITING)]
    active = await session_alerts.active(["s1", "s9"])
    assert [each in active for each in asked] == [True, False, False, False]
    assert await session_alerts.cards(["s1", "s9"]) == {"s1": card("s1")}


async def test_what_is_due_is_found_first_things_first(session_alerts: SessionAlerts) -> None:
    assert await session_alerts.next_due() is None
    later = START + timedelta(seconds=20)
    for id, due_at in (("later", later), ("now", START), ("never", None)):
        found = alerted(id)
        await session_alerts.save(replace(found, people={"ava": replace(found.people["ava"], due_at=due_at)}), [])

    assert await session_alerts.due(START, 10) == ["now"]
    assert await session_alerts.due(later, 10) == ["now", "later"]
    assert await session_alerts.due(later, 1) == ["now"]
    assert await session_alerts.next_due() == START


async def test_only_engineers_who_were_alerted_or_dismissed_it_are_stored(database: Any, clock: TurnedClock) -> None:
    session_alerts = MongoSessionAlerts(database, records_of, clock)
    await session_alerts.save(alerted(), [])
    stored = await database[COLLECTION].find_one({"_id": "s1"})
    assert [person["id"] for person in stored["people"]] == ["ava", "sam"]
    assert "facts" not in stored["people"][0]


async def test_a_session_alert_of_an_earlier_version_is_read(database: Any, clock: TurnedClock) -> None:
    documents = json_util.loads((ROOT / "tests" / "cases" / "stored" / "documents.json").read_text())["notify.calls"]
    await database[COLLECTION].insert_many(documents)

    found = await MongoSessionAlerts(database, records_of, clock).load(documents[0]["_id"])

    assert found is not None
    assert sorted(found.people) == ["stored-ava", "stored-sam"]
    assert found.card.title == "[Ticket 1] Printer is on fire"
    assert (found.alerted_as, found.over_at, found.due_at) == (None, None, None)


async def test_closed_session_alerts_are_deleted(session_alerts: SessionAlerts, clock: TurnedClock) -> None:
    await session_alerts.save(alerted("open"), [])
    await session_alerts.save(SessionAlert(handled("over")), [])
    await clock.advance(days=1)
    await session_alerts.save(SessionAlert(handled("late")), [])

    await session_alerts.forget(START + timedelta(hours=1))

    assert [id for id in ("open", "over", "late") if await session_alerts.load(id)] == ["open", "late"]


async def test_events_are_saved_with_the_session_alerts_in_order(database: Any, clock: TurnedClock) -> None:
    session_alerts = MongoSessionAlerts(database, records_of, clock)
    ava, sam = (Alert(card(), person, Reason.WAITING, START) for person in ("ava", "sam"))
    await session_alerts.save(alerted(), [AlertEvent(ava, raised=True), AlertEvent(sam, raised=True)])
    await session_alerts.save(replace(alerted(), version=1), [AlertEvent(ava, raised=True), AlertEvent(sam, raised=False)])
    await session_alerts.save(replace(alerted(), version=1), [AlertEvent(ava, raised=True)])

    (unpublished,) = await MongoOutbox(database[COLLECTION]).unpublished(10)

    records = [record for _, record in unpublished.records]
    kinds = [(record.headers["kind"], record.headers["people"]) for record in records]
    assert kinds == [("alert_raised", "ava,sam"), ("alert_withdrawn", "sam"), ("alert_raised", "ava")]
    assert {(record.topic, record.key, record.headers["desk"]) for record in records} == {("parley.notify.v1", "s1", "harbour")}
    raised, withdrawn = (pb.NotifyEvent.FromString(record.value) for record in records[:2])
    assert (raised.alert_raised.alert.title, raised.alert_raised.alert.alert_id) == ("Printer is on fire", "s1:waiting")
    assert list(raised.alert_raised.person_ids) == ["ava", "sam"]
    assert (withdrawn.alert_withdrawn.alert_id, list(withdrawn.alert_withdrawn.person_ids)) == ("s1:waiting", ["sam"])


async def test_the_newest_directory_entry_and_presence_count_in_any_order(engineers: Engineers) -> None:
    newer = replace(BO, companies=frozenset({"globex"}), revision=3)
    await engineers.put([AVA, newer])
    await engineers.put([BO, replace(SAM, desk_id="other")])
    away = PresenceFact("away", 5, START + timedelta(seconds=9))
    assert await engineers.put_presence("bo", away)
    assert await engineers.put_presence("bo", ONLINE)
    assert not await engineers.put_presence("mia", ONLINE)

    assert await engineers.one("bo") == (newer, away, False)
    assert await engineers.one("ava") == (AVA, None, False)
    assert await engineers.one("mia") is None
    assert sorted(await engineers.of_ids(["ava", "bo", "mia"])) == ["ava", "bo"]

    await engineers.put([replace(newer, revision=4, disabled=True)])
    await engineers.put_push("bo", True, START)
    await engineers.put_push("mia", True, START)
    assert await engineers.one("bo") == (replace(newer, revision=4, disabled=True), away, True)


async def test_only_engineers_who_can_be_alerted_and_may_see_the_company_are_read(engineers: Engineers) -> None:
    """Ava and Bo are online. Sam, who is away, and Ann, who was never online, want Web Push then."""
    there = [AVA, BO, SAM, engineer("kim", companies=["globex"]), engineer("lee", companies=[]), engineer("far", desk_id="other")]
    ann, una, gus = engineer("ann", companies=["acme", "globex"]), engineer("una"), engineer("gus", disabled=True)
    await engineers.put([*there, ann, una, gus])
    for found in (*there, gus):
        await engineers.put_presence(found.id, ONLINE)
    for revision, (id, state) in enumerate((("sam", "away"), ("lee", "online"), ("kim", "offline")), 2):
        await engineers.put_presence(id, PresenceFact(state, revision, START))
    for id in ("sam", "ann", "gus"):
        await engineers.put_push(id, True, START)

    assert sorted(found.engineer.id for found in await engineers.reachable(card(), ())) == ["ann", "ava", "bo", "sam"]
    assert sorted(found.engineer.id for found in await engineers.reachable(card(), ["una", "ava"])) == ["ann", "ava", "bo", "sam", "una"]
    await engineers.put_presence("sam", PresenceFact("busy", 9, START))
    await engineers.put_push("ann", False, START)
    assert sorted(found.engineer.id for found in await engineers.reachable(card(), ())) == ["ava", "bo"]


async def test_an_engineer_is_found_as_of_a_moment(engineers: Engineers) -> None:
    at = [START + timedelta(seconds=seconds) for seconds in range(5)]
    await engineers.put([BO])
    for revision, state in enumerate(("online", "busy", "away"), 1):
        assert await engineers.put_presence("bo", PresenceFact(state, revision, at[revision]))
    limited = replace(BO, companies=frozenset(), revision=2, recorded_at=at[3])
    await engineers.put([limited])

    assert await engineers.as_of("bo", at[3]) == (BO, PresenceFact("busy", 2, at[2]), False)
    assert await engineers.as_of("bo", START) == (BO, PresenceFact("online", 1, at[1]), False)
    assert await engineers.as_of("mia", at[3]) is None

    assert await engineers.as_of("bo", START + timedelta(days=1)) == (limited, PresenceFact("away", 3, at[3]), False)


async def test_what_still_applies_is_kept_however_old_it_is(engineers: Engineers) -> None:  # spec 5.11
    at = [START + timedelta(seconds=seconds) for seconds in range(5)]
    await engineers.put([BO])
    limited = replace(BO, companies=frozenset(), revision=2, recorded_at=at[4])
    for revision, state in enumerate(("online", "busy"), 1):
        await engineers.put_presence("bo", PresenceFact(state, revision, at[revision]))

    await engineers.forget(at[3])
    await engineers.put([limited])
    assert await engineers.as_of("bo", at[4]) == (BO, PresenceFact("busy", 2, at[2]), False)

    await engineers.forget(at[4] + timedelta(seconds=1))
    assert await engineers.as_of("bo", at[4]) == (limited, PresenceFact("busy", 2, at[2]), False)


async def test_whether_an_engineer_wanted_web_push_is_known_as_of_a_moment(engineers: Engineers) -> None:  # spec 5.11 5.12
    at = [START + timedelta(seconds=seconds) for seconds in range(5)]
    await engineers.put([BO])
    for moment, wants in ((at[0], False), (at[1], True), (at[2], True), (at[3], False)):
        await engineers.put_push("bo", wants, moment)

    async def wanted(moment: datetime) -> bool | None:
        found = await engineers.as_of("bo", moment)
        return found and found.push_when_away

    assert [await wanted(moment) for moment in (START, at[1], at[2], at[3], at[4])] == [False, False, True, True, False]


async def test_the_presences_of_an_engineer_are_bounded(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongo_engineer_history, "MAX_KEPT", 3)
    monkeypatch.setattr(mongo_engineer_history, "TRIM_EVERY", 2)
    engineers = MongoEngineers(database)
    await engineers.put([BO])
    for revision in range(1, 9):
        await engineers.put_presence("bo", PresenceFact("online", revision, START + timedelta(seconds=revision)))

    assert await database[mongo_engineer_history.COLLECTION].count_documents({"kind": "presence"}) == 3
