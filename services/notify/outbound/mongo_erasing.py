"""Erases a person from what notify stores (spec 10.6): subscriptions, preferences, history, and what names them in the other collections.

Those hold at most 30 days, have no index of people, and are read as a whole, in the order of ids. A step reads READ_AT_ONCE documents. What
names the person is deleted, also of other people's notifications, whose texts repeat names and messages. A session's open alert is kept
without the name.
"""

from collections.abc import Callable
from typing import Any

from pymongo import ASCENDING

from servicekit.erasing import ErasureTask, Step
from servicekit.errors import Unavailable
from servicekit.mongo import Database, Document, store_errors
from services.notify.outbound import (
    mongo_deliveries,
    mongo_engineer_history,
    mongo_preferences,
    mongo_session_alerts,
    mongo_subscriptions,
    mongo_webhooks,
)
from services.notify.outbound import mongo_webhook_events as mongo_events

READ_AT_ONCE = 500
MAX_RACES = 20
READ = (mongo_deliveries.COLLECTION, mongo_events.COLLECTION, mongo_session_alerts.COLLECTION)


class MongoErasing:
    def __init__(self, database: Database[Document]) -> None:
        self._database = database

    async def erase(self, task: ErasureTask) -> Step:
        """The next step; `task.after` is a collection and the last id that was read in it. Raises Unavailable."""
        with store_errors():
            if not task.after:
                return Step(await self._delete_own(task), f"{READ[0]}:")
            name, _, after = task.after.partition(":")
            found = (
                await self._database[name].find({"_id": {"$gt": after}}).sort("_id", ASCENDING).limit(READ_AT_ONCE).to_list(READ_AT_ONCE)
            )
            desk_of = await self._desks_of_webhooks(found)
            named = [each for each in found if desk_of(each) == task.desk_id and task.is_in(each)]
            changed = sum([await self._erase(name, each, task) for each in named])
        if len(found) == READ_AT_ONCE:
            return Step(changed, f"{name}:{found[-1]['_id']}")
        following = READ[READ.index(name) + 1 :]
        return Step(changed, f"{following[0]}:" if following else "")

    async def _delete_own(self, task: ErasureTask) -> int:
        own = {"person_id": {"$eq": task.person_id}}
        deleted = 0
        for collection in (mongo_subscriptions.COLLECTION, mongo_engineer_history.COLLECTION):
            deleted += (await self._database[collection].delete_many(own)).deleted_count
        return deleted + int((await self._database[mongo_preferences.COLLECTION].delete_one({"_id": task.person_id})).deleted_count)

    async def _desks_of_webhooks(self, found: list[Document]) -> Callable[[Document], Any]:
        """The desk of a document; an event has its endpoint's."""
        ids = sorted({each["webhook_id"] for each in found if "webhook_id" in each})
        endpoints = await self._database[mongo_webhooks.COLLECTION].find({"_id": {"$in": ids}}, {"desk_id": 1}).to_list(None) if ids else []
        desks = {endpoint["_id"]: endpoint.get("desk_id") for endpoint in endpoints}
        return lambda document: document.get("desk_id") or desks.get(document.get("webhook_id"))

    async def _erase(self, name: str, document: Document, task: ErasureTask) -> int:
        """Repeats while an alert is saved at the same moment: that save may have the name."""
        collection, found, took_part = self._database[name], document, task.has_id(document)
        for _ in range(MAX_RACES):
            if not found.get("open"):
                return int((await collection.delete_one({"_id": found["_id"]})).deleted_count)
            cards = {field: _redacted(found.get(field), task, took_part) for field in ("card", "alerted_as")}
            if all(cards[field] == found.get(field) for field in cards):
                return 0
            change = {"$set": cards, "$inc": {"version": 1}}
            if (await collection.update_one({"_id": found["_id"], "version": found["version"]}, change)).modified_count:
                return 1
            newer = await collection.find_one({"_id": found["_id"]})
            if newer is None:
                return 0
            found = newer
        raise Unavailable("The alert changes too often.")


def _redacted(value: Any, task: ErasureTask, took_part: bool, field: str = "") -> Any:
    """A copy with the person's name taken out of title and names. Ids stay: one may be equal to a name."""
    if isinstance(value, dict):
        return {name: _redacted(each, task, took_part, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_redacted(each, task, took_part, field) for each in value]
    if field == "title":
        return task.redact(value, took_part)
    return task.redact(value) if field.endswith("_name") else value
