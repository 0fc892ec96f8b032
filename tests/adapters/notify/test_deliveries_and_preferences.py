"""The stores of deliveries, preferences and desk settings: the MongoDB adapters, and the fakes in memory where there is one."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from parley.notify.v1 import notify_pb2 as pb
from servicekit.mongo import MongoOutbox
from services.notify.contract import settings_record
from services.notify.delivery_contract import notification_record, payload_of
from services.notify.domain.decision import Fact
from services.notify.domain.delivery import Delivery, Outcome, reported
from services.notify.domain.errors import VersionConflict
from services.notify.domain.ladder import AlertSettings
from services.notify.domain.notification import Kind, about_chat
from services.notify.domain.page import Channel
from services.notify.domain.preferences import Preferences
from services.notify.outbound import mongo_deliveries
from services.notify.outbound.mongo_deliveries import MongoDeliveries
from services.notify.outbound.mongo_preferences import MongoPreferences
from services.notify.outbound.mongo_settings import MongoSettings
from services.notify.ports import PushOutcome
from tests.fakes.clock import TurnedClock
from tests.unit.notify.stores import FakeDeliveries, FakePreferences
from tests.unit.notify.world import AVA, START, caller, card

LATER = START + timedelta(seconds=2)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(START)


def store(database: Any, clock: TurnedClock) -> MongoDeliveries:
    return MongoDeliveries(database, notification_record, payload_of, clock)


@pytest.fixture(params=["store", "fake"])
async def deliveries(request: pytest.FixtureRequest, database: Any, clock: TurnedClock) -> AsyncIterator[Any]:
    if request.param == "fake":
        yield FakeDeliveries()
        return
    await database[mongo_deliveries.COLLECTION].create_indexes(mongo_deliveries.INDEXES)
    yield store(database, clock)


def delivery(id: str = "s1:waiting:ava:0", **more: Any) -> Delivery:
    """On a page that has to confirm it within two seconds."""
    usual = {
        "person_name": "Ava",
        "channel": Channel.VISIBLE_PAGE,
        "connection_id": "page-1",
        "sent_at": START,
        "confirm_at": LATER,
        "why": (Fact("page", True, "The best place of Ava was a visible page", START),),
    }
    return replace(Delivery(id, "harbour", "ava", "s1", Kind.WAITING, 0, about_chat(card()), START), **{**usual, **more})


def pushed(id: str, **more: Any) -> Delivery:
    return delivery(id, channel=Channel.WEB_PUSH, connection_id="", sent_at=None, confirm_at=None, push_at=START, **more)


async def test_a_delivery_is_added_once(deliveries: Any) -> None:
    new = delivery()
    assert await deliveries.add([new]) == [replace(new, version=1)]
    assert [each.id for each in await deliveries.add([delivery(tried=("other",)), delivery("second")])] == ["second"]
    assert await deliveries.load(new.id) == replace(new, version=1)
    assert await deliveries.load("unknown") is None


async def test_a_save_of_an_older_version_changes_nothing(deliveries: Any) -> None:
    await deliveries.add([delivery()])
    kept = await deliveries.load("s1:waiting:ava:0")
    received = reported(kept, Outcome.RECEIVED, "", START)

    assert await deliveries.save(received)
    assert not await deliveries.save(replace(kept, failure="too late"))
    assert await deliveries.load(kept.id) == replace(received, version=2)


async def test_deliveries_that_were_not_confirmed_in_time_are_found(deliveries: Any) -> None:
    assert await deliveries.next_unconfirmed() is None
    await deliveries.add([delivery(), delivery("later", confirm_at=LATER + timedelta(seconds=1)), pushed("push")])

    assert await deliveries.unconfirmed(START, 10) == []
    assert await deliveries.unconfirmed(LATER, 10) == ["s1:waiting:ava:0"]
    assert await deliveries.next_unconfirmed() == LATER


async def test_the_deliveries_of_a_session_to_people_are_listed_oldest_first(deliveries: Any) -> None:
    await deliveries.add(
        [
            delivery("b", asked_at=LATER, rung=1),
            delivery("a"),
            delivery("bo", person_id="bo"),
            delivery("x", session_id="s2"),
            delivery("m", kind=Kind.MESSAGE),
        ]
    )

    assert [each.id for each in await deliveries.of_session("s1", ["ava"])] == ["a", "b"]
    assert {each.id for each in await deliveries.of_session("s1", ["ava", "bo"])} == {"a", "b", "bo"}


async def test_a_due_push_is_given_to_one_replica_until_it_is_reported(deliveries: Any) -> None:
    await deliveries.add([pushed("p1"), pushed("p2", endpoint="https://push/1"), pushed("p3", rung=2), delivery()])

    until, retry_at = START + timedelta(seconds=20), START + timedelta(seconds=5)
    tasks = {task.delivery_id: task for task in await deliveries.claim_pushes(START, until, 10)}
    assert sorted(tasks) == ["p1", "p2", "p3"]
    assert (tasks["p2"].person_id, tasks["p2"].endpoint, tasks["p2"].tries, tasks["p2"].tag) == ("ava", "https://push/1", 0, "s1")
    assert b'"title":"Mia Torres \xc2\xb7 Acme Ltd"' in tasks["p1"].payload
    assert await deliveries.claim_pushes(LATER, until, 10) == []
    assert await deliveries.next_push_at() == until

    await deliveries.pushed("p1", PushOutcome(accepted=2), LATER)
    await deliveries.pushed("p2", PushOutcome(0, "503", retry_at), LATER)
    await deliveries.pushed("p3", PushOutcome(0, "No browser is left."), LATER)
    await deliveries.pushed("unknown", PushOutcome(1), LATER)
    p1, p2, p3 = [await deliveries.load(id) for id in ("p1", "p2", "p3")]
    assert (p1.push_at, p1.received_at) == (None, LATER)
    assert (p2.push_at, p2.failure, p2.failed_at) == (retry_at, "503", None)
    assert (p3.push_at, p3.failure, p3.failed_at) == (None, "No browser is left.", LATER)
    assert await deliveries.next_push_at() == retry_at
    assert [(task.delivery_id, task.tries) for task in await deliveries.claim_pushes(retry_at, until, 10)] == [("p2", 1)]


async def test_old_deliveries_are_deleted(deliveries: Any) -> None:
    await deliveries.add([delivery(), delivery("late", asked_at=LATER)])
    await deliveries.forget(LATER)
    assert [id for id in ("s1:waiting:ava:0", "late") if await deliveries.load(id)] == ["late"]


async def test_a_notification_is_published_with_its_delivery(database: Any, clock: TurnedClock) -> None:
    deliveries = store(database, clock)
    await deliveries.add([delivery(), pushed("push")])
    kept = await deliveries.load("s1:waiting:ava:0")
    assert kept is not None
    await deliveries.save(reported(kept, Outcome.RECEIVED, "", START))
    await deliveries.save(replace(kept, version=2, connection_id="page-2"), send=True)

    (unpublished,) = await MongoOutbox(database[mongo_deliveries.COLLECTION]).unpublished(10)

    records = [record for _, record in unpublished.entries]
    sent = [pb.NotifyEvent.FromString(record.value).notification_sent for record in records]
    assert [(each.connection_id, each.notification.title) for each in sent] == [
        ("page-1", "Mia Torres · Acme Ltd"),
        ("page-2", "Mia Torres · Acme Ltd"),
    ]
    assert (records[0].key, records[0].headers["kind"], records[0].headers["people"]) == ("s1", "notification_sent", "ava")


@pytest.mark.parametrize("kind", ["store", "fake"])
async def test_preferences_are_kept_by_person(kind: str, database: Any) -> None:  # spec 5.12
    preferences: Any = FakePreferences() if kind == "fake" else MongoPreferences(database)
    quiet = Preferences(sound=False, volume=5)
    await preferences.put("harbour", "ava", quiet)
    assert await preferences.of_people(["ava", "bo"]) == {"ava": quiet}

    await preferences.put_disabled("harbour", "ava", True)
    await preferences.put_disabled("harbour", "bo", False)
    assert await preferences.of_people(["ava", "bo"]) == {"ava": replace(quiet, disabled=True)}
    await preferences.put_disabled("harbour", "ava", False)
    assert await preferences.of_people(["ava"]) == {"ava": quiet}


async def test_alert_settings_are_kept_by_desk_with_their_audit(database: Any, clock: TurnedClock) -> None:  # spec 5.3 10.5
    settings = MongoSettings(database, clock, settings_record)
    assert (await settings.of("harbour"), await settings.version_of("harbour")) == (AlertSettings(20, 10, 90), 0)

    assert await settings.update("harbour", AlertSettings(5, 5, 10), 0, caller(AVA, "admin"), START) == 1
    with pytest.raises(VersionConflict):
        await settings.update("harbour", AlertSettings(6, 6, 6), 0, caller(AVA, "admin"), START)

    assert await settings.of("harbour") == AlertSettings(5, 5, 10)
    (entry,) = (await database["settings"].find_one({"_id": "harbour"}))["audit"]
    assert '"by": "ava"' in entry
    ((_, record),) = (await settings.outbox.unpublished(10))[0].entries
    assert (record.key, record.headers["kind"], record.headers["desk"]) == ("settings:harbour", "settings_changed", "harbour")
