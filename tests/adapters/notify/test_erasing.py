"""Erasing a person from what notify stores."""

from dataclasses import replace
from typing import Any

from servicekit.erasing import ErasureTask
from services.notify.outbound import mongo_erasing, mongo_webhooks
from services.notify.outbound.mongo_erasing import MongoErasing

TASK = ErasureTask("mia", "harbour", True, ("Mia Torres",))
CARD = {"customer_id": "mia", "customer_name": "Mia Torres", "title": "Printer of Mia Torres, mia"}


async def erased(database: Any, task: ErasureTask = TASK) -> int:
    """Runs all steps; returns how many documents they changed or deleted."""
    changed = 0
    while True:
        step = await MongoErasing(database).erase(task)
        changed += step.changed
        if not step.after:
            return changed
        task = replace(task, after=step.after)


async def ids(database: Any, collection: str) -> list[str]:
    return sorted([document["_id"] async for document in database[collection].find({"_id": {"$gt": ""}})])


async def test_what_belongs_to_the_person_is_deleted(database: Any) -> None:  # spec 10.6
    for collection in ("subscriptions", "engineer_history"):
        await database[collection].insert_many([{"_id": id, "person_id": id} for id in ("mia", "leo")])
    await database.preferences.insert_many([{"_id": id, "volume": 1} for id in ("mia", "leo")])

    assert await erased(database) == 3

    assert [await ids(database, name) for name in ("subscriptions", "engineer_history", "preferences")] == [["leo"]] * 3


async def test_notifications_and_webhook_events_that_name_the_person_are_deleted(database: Any) -> None:  # spec 10.6
    await database.deliveries.insert_many(
        [
            {"_id": "own", "desk_id": "harbour", "person_id": "mia", "content": {"title": "Ava Chen"}},
            {"_id": "of ava", "desk_id": "harbour", "person_id": "ava", "content": {"title": "MIA TORRES", "body": "Hello"}},
            {"_id": "of another", "desk_id": "harbour", "person_id": "ava", "content": {"title": "Leo Park", "body": "Mia"}},
            {"_id": "elsewhere", "desk_id": "elsewhere", "person_id": "ava", "content": {"title": "Mia Torres"}},
        ]
    )
    await database[mongo_webhooks.COLLECTION].insert_one({"_id": "w1", "desk_id": "harbour"})
    await database.webhook_events.insert_many(
        [
            {"_id": "e1", "webhook_id": "w1", "number": 1, "body": '{"customer":{"id":"mia"}}'},
            {"_id": "e2", "webhook_id": "w1", "number": 2, "body": '{"customer":{"id":"leo"}}'},
        ]
    )

    assert await erased(database) == 3

    assert await ids(database, "deliveries") == ["elsewhere", "of another"]
    assert await ids(database, "webhook_events") == ["e2"]


async def test_open_alerts_stay_without_the_name_and_closed_ones_go(database: Any) -> None:  # spec 10.6
    common = {"desk_id": "harbour", "card": CARD, "alerted_as": None, "version": 3}
    other = {**common, "card": {"customer_id": "leo", "title": "Mia Torres, or another Mia"}}
    alerts = [{"_id": "closed", "open": False, **common}, {"_id": "open", "open": True, **common}, {"_id": "other", "open": True, **other}]
    await database.calls.insert_many(alerts)

    assert await erased(database) == 3
    assert await erased(database) == 0

    kept, of_leo = [document async for document in database.calls.find({"_id": {"$gt": ""}}).sort("_id")]
    expected = {"customer_id": "mia", "customer_name": "Erased person", "title": "Printer of Erased person, Erased person"}
    assert of_leo["card"]["title"] == "Erased person, or another Mia"
    assert (kept["_id"], kept["version"], kept["card"]) == ("open", 4, expected)


class SavedMeanwhile:
    """The collection of alerts, in which the first write of the erasure finds that another one was faster."""

    def __init__(self, collection: Any) -> None:
        self._collection, self._saved = collection, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._collection, name)

    async def update_one(self, condition: Any, change: Any) -> Any:
        if not self._saved:
            self._saved = True
            await self._collection.update_one({"_id": "a1"}, {"$set": {"alerted_as": CARD}, "$inc": {"version": 1}})
        return await self._collection.update_one(condition, change)


async def test_an_alert_that_is_saved_at_the_same_moment_is_erased_too(database: Any) -> None:  # spec 10.6
    await database.calls.insert_one({"_id": "a1", "open": True, "desk_id": "harbour", "card": CARD, "alerted_as": None, "version": 3})
    names = (*mongo_erasing.READ, "subscriptions", "engineer_history", "preferences", mongo_webhooks.COLLECTION)

    assert await erased({name: SavedMeanwhile(database[name]) if name == "calls" else database[name] for name in names}) == 1

    kept = await database.calls.find_one({"_id": "a1"})
    assert (kept["card"]["customer_name"], kept["alerted_as"]["customer_name"]) == ("Erased person", "Erased person")


async def test_a_long_collection_is_read_step_by_step(database: Any, monkeypatch: Any) -> None:  # spec 10.6
    monkeypatch.setattr(mongo_erasing, "READ_AT_ONCE", 2)
    found = [{"_id": f"d{number}", "desk_id": "harbour", "person_id": "mia"} for number in range(5)]
    await database.deliveries.insert_many(found)

    assert await erased(database) == 5
    assert await ids(database, "deliveries") == []
