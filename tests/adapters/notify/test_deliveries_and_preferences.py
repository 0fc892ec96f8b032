"""The stores of deliveries, preferences and desk settings: the MongoDB adapters, and the fakes in memory where there is one."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from parley.notify.v1 import notify_pb2 as pb
from services.notify.contract import settings_record
from services.notify.delivery_contract import notification_record, payload_of
from services.notify.domain.decision import Fact
from services.notify.domain.delivery import Delivery
from services.notify.domain.delivery_report import DeliveryReport, Outcome, reported
from services.notify.domain.desk_settings import AlertSettings
from services.notify.domain.errors import VersionConflict
from services.notify.domain.notification import Kind, about_chat
from services.notify.domain.page import Channel
from services.notify.domain.preferences import Preferences
from services.notify.domain.push import PushOutcome
from services.notify.outbound import mongo_deliveries
from services.notify.outbound.mongo_deliveries import MongoDeliveries
from services.notify.outbound.mongo_preferences import MongoPreferences
from services.notify.outbound.mongo_settings import MongoSettings
from tests.fakes.clock import TurnedClock
from tests.unit.notify.stores import FakeDeliveries, FakePreferences
from tests.unit.notify.world import AVA, START, caller, card

LATER = START + timedelta(seconds=2)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(START)


@pytest.fixture(params=["store", "fake"])
async def deliveries(request: pytest.FixtureRequest, database: Any) -> AsyncIterator[Any]:
    if request.param == "fake":
        yield FakeDeliveries()
        return
    await database[mongo_deliveries.COLLECTION].create_indexes(mongo_deliveries.INDEXES)
    yield MongoDeliveries(database, payload_of)


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
    assert await deliveries.of_ids([new.id, "unknown"]) == [replace(new, version=1)]
    assert await deliveries.of_ids([]) == []


async def test_a_save_of_an_older_version_changes_nothing(deliveries: Any) -> None:
    first, second, gone = await deliveries.add([delivery("first"), delivery("second"), delivery("gone")])
    received = reported(first, DeliveryReport(Outcome.RECEIVED), START)

    assert await deliveries.save([received]) == [replace(received, version=2)]
    both = [replace(first, failure="too late"), replace(second, failure="in time"), replace(gone, id="unknown")]
    assert await deliveries.save(both) == [replace(both[1], version=2)]
    assert await deliveries.of_ids(["first"]) == [replace(received, version=2)]
    assert await deliveries.save([]) == []


async def test_a_report_in_the_usual_order_is_one_update(deliveries: Any) -> None:  # spec 5.9
    (before,) = await deliveries.add([delivery()])

    async def report(outcome: Outcome, *, place: str = "page-1", desk: str = "harbour", person: str = "ava") -> bool:
        done: bool = await deliveries.report(desk, person, before.id, DeliveryReport(outcome, "open", place), LATER)
        return done

    for wrong in ({"place": "page-2"}, {"place": ""}, {"desk": "other"}, {"person": "bo"}):
        assert not await report(Outcome.RECEIVED, **wrong)
    assert not await report(Outcome.SHOWN)
    expected = before
    for outcome in (Outcome.RECEIVED, Outcome.SOUNDED, Outcome.SHOWN, Outcome.CLICKED):
        assert await report(outcome)
        assert not await report(outcome)
        expected = replace(reported(expected, DeliveryReport(outcome, "open", "page-1"), LATER), version=expected.version + 1)
        assert await deliveries.of_ids([before.id]) == [expected]
    assert not await report(Outcome.FAILED)


async def test_what_was_published_is_marked_without_a_save(deliveries: Any) -> None:  # spec 5.9
    await deliveries.add([delivery("a", sent_at=None), delivery("b", sent_at=None), delivery("c")])
    await deliveries.mark_sent(["a", "c"], LATER)
    assert {each.id: (each.sent_at, each.version) for each in await deliveries.of_ids(["a", "b", "c"])} == {
        "a": (LATER, 1),
        "b": (None, 1),
        "c": (START, 1),
    }


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
    await deliveries.add([pushed("push"), pushed("push-bo", person_id="bo")])
    assert [each.id for each in await deliveries.pushed_of_session("s1", ["ava"])] == ["push"]


async def test_a_due_push_is_given_to_one_replica_until_it_is_reported(deliveries: Any) -> None:
    await deliveries.add([pushed("p1"), pushed("p2", endpoint="https://push/1"), pushed("p3", rung=2), delivery()])

    until, retry_at = START + timedelta(seconds=20), START + timedelta(seconds=5)
    tasks = {task.delivery_id: task for task in await deliveries.claim_pushes(START, until, 10)}
    assert sorted(tasks) == ["p1", "p2", "p3"]
    assert (tasks["p2"].person_id, tasks["p2"].endpoint, tasks["p2"].tries, tasks["p2"].tag) == ("ava", "https://push/1", 0, "s1")
    assert b'"title":"Mia Torres \xc2\xb7 Acme Ltd"' in tasks["p1"].payload
    assert await deliveries.claim_pushes(LATER, until, 10) == []
    assert await deliveries.next_push_at() == until

    await deliveries.pushed("p1", PushOutcome(2), LATER)
    await deliveries.pushed("p2", PushOutcome(0, "503", retry_at, ("phone",)), LATER)
    await deliveries.pushed("p3", PushOutcome(0, "No browser is left."), LATER)
    await deliveries.pushed("unknown", PushOutcome(1), LATER)
    p1, p2, p3 = sorted(await deliveries.of_ids(["p1", "p2", "p3"]), key=lambda each: each.id)
    assert (p1.push_at, p1.received_at) == (None, LATER)
    assert (p2.push_at, p2.failure, p2.failed_at) == (retry_at, "503", None)
    assert (p3.push_at, p3.failure, p3.failed_at) == (None, "No browser is left.", LATER)
    assert await deliveries.next_push_at() == retry_at
    (claimed,) = await deliveries.claim_pushes(retry_at, until, 10)
    assert (claimed.delivery_id, claimed.tries, claimed.to) == ("p2", 1, ("phone",))


async def test_old_deliveries_are_deleted(deliveries: Any) -> None:
    await deliveries.add([delivery(), delivery("late", asked_at=LATER)])
    await deliveries.forget(LATER)
    assert [each.id for each in await deliveries.of_ids(["s1:waiting:ava:0", "late"])] == ["late"]


def test_the_record_of_a_notification_names_its_page() -> None:
    record = notification_record(delivery(), START)
    sent = pb.NotifyEvent.FromString(record.value).notification_sent
    assert (sent.connection_id, sent.notification.title, sent.notification.place) == ("page-1", "Mia Torres · Acme Ltd", "page-1")
    assert (record.key, record.headers["kind"], record.headers["people"]) == ("s1", "notification_sent", "ava")


@pytest.mark.parametrize("kind", ["store", "fake"])
async def test_preferences_are_kept_by_person(kind: str, database: Any) -> None:  # spec 5.12
    preferences: Any = FakePreferences() if kind == "fake" else MongoPreferences(database)
    quiet = Preferences(sound=False, volume=5, language="de")
    await preferences.put("harbour", "ava", quiet)
    assert await preferences.of_people(["ava", "bo"]) == {"ava": quiet}

    await preferences.put_disabled("harbour", "ava", True)
    await preferences.put_disabled("harbour", "bo", False)
    assert await preferences.of_people(["ava", "bo"]) == {"ava": replace(quiet, disabled=True)}
    await preferences.put_disabled("harbour", "ava", False)
    assert await preferences.of_people(["ava"]) == {"ava": quiet}

    await preferences.put("harbour", "ava", Preferences(volume=9))  # spec 13.6
    assert await preferences.of_people(["ava"]) == {"ava": Preferences(volume=9, language="de")}


async def test_preferences_of_the_version_before_have_no_language(database: Any) -> None:  # spec 13.6
    preferences = MongoPreferences(database)
    await preferences.put("harbour", "ava", Preferences(volume=5, language="de"))
    await database["preferences"].update_one({"_id": "ava"}, {"$unset": {"language": ""}})
    assert await preferences.of_people(["ava"]) == {"ava": Preferences(volume=5)}


async def test_alert_settings_are_kept_by_desk_with_their_audit(database: Any, clock: TurnedClock) -> None:  # spec 5.3 10.5
    settings = MongoSettings(database, clock, settings_record)
    assert (await settings.of("harbour"), await settings.version_of("harbour")) == (AlertSettings(20, 10, 90), 0)

    assert await settings.update("harbour", AlertSettings(5, 5, 10), 0, caller(AVA, "admin"), START) == 1
    with pytest.raises(VersionConflict):
        await settings.update("harbour", AlertSettings(6, 6, 6), 0, caller(AVA, "admin"), START)

    assert await settings.of("harbour") == AlertSettings(5, 5, 10)
    (entry,) = (await database["settings"].find_one({"_id": "harbour"}))["audit"]
    assert '"by": "ava"' in entry
    ((_, audited), (_, record)) = (await settings.outbox.unpublished(10))[0].records
    assert (audited.key, audited.headers["kind"]) == ("harbour", "settings")
    assert (record.key, record.headers["kind"], record.headers["desk"]) == ("settings:harbour", "settings_changed", "harbour")
