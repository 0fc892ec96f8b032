"""Reads what notify stores of a person, for the export of their data (spec 10.6). Deliveries have no index of people and are read as a
whole, in the order of ids, as for an erasure (mongo_erasing.py)."""

import json
from collections.abc import AsyncIterator
from typing import Any

from pymongo import ASCENDING

from servicekit.moments import from_ms
from servicekit.mongo import Database, Document, store_errors
from services.notify.delivery_ports import PersonChange, PersonPart
from services.notify.outbound import mongo_deliveries, mongo_engineer_history
from services.notify.outbound.documents import delivery_from_document
from services.notify.outbound.mongo_preferences import MongoPreferences
from services.notify.outbound.mongo_subscriptions import MongoSubscriptions

READ_AT_ONCE = 500


class MongoPersonData:
    """The port PersonData."""

    def __init__(self, database: Database[Document]) -> None:
        self._preferences, self._subscriptions = MongoPreferences(database), MongoSubscriptions(database)
        self._changes, self._deliveries = database[mongo_engineer_history.COLLECTION], database[mongo_deliveries.COLLECTION]

    async def parts(self, desk_id: str, person_id: str) -> AsyncIterator[PersonPart]:
        subscriptions = (await self._subscriptions.of_people([person_id])).get(person_id, [])
        preferences = (await self._preferences.of_people([person_id])).get(person_id)
        yield PersonPart(preferences, [each for each in subscriptions if each.desk_id == desk_id])
        changes = self._changes.find({"person_id": {"$eq": person_id}}).sort("at", ASCENDING)
        while found := await _next(changes):
            yield PersonPart(changes=[PersonChange(each["kind"], from_ms(each["at"]), json.dumps(each["value"])) for each in found])
        last: str | None = ""
        while last is not None:
            documents = await self._next_deliveries(last)
            own = [each for each in documents if (each["desk_id"], each["person_id"]) == (desk_id, person_id)]
            yield PersonPart(deliveries=[delivery_from_document(each) for each in own])
            last = documents[-1]["_id"] if len(documents) == READ_AT_ONCE else None

    async def _next_deliveries(self, after: str) -> list[Document]:
        return await _next(self._deliveries.find({"_id": {"$gt": after}}).sort("_id", ASCENDING).limit(READ_AT_ONCE))


async def _next(rows: Any) -> list[Document]:
    """The next rows of a query, at most READ_AT_ONCE."""
    with store_errors():
        found: list[Document] = await rows.to_list(READ_AT_ONCE)
    return found
