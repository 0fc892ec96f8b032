"""Web Push subscriptions: one document each, in `subscriptions`. Its id is the SHA-256 of the endpoint."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import ASCENDING, IndexModel

from servicekit.documents import DocumentConverter
from servicekit.moments import to_ms
from servicekit.mongo import Database, Document, store_errors
from services.notify.domain.subscription import MAX_PER_PERSON, Subscription, endpoint_id

COLLECTION = "subscriptions"
# `remove_expired` uses the second index; the other queries use the first, or the id.
INDEXES = [IndexModel([("person_id", ASCENDING)]), IndexModel([("sign_in_expires_at", ASCENDING)])]

_converter = DocumentConverter()


class MongoSubscriptions:
    """The port SubscriptionStore."""

    def __init__(self, database: Database[Document]) -> None:
        self._subscriptions = database[COLLECTION]

    async def put(self, subscription: Subscription) -> None:
        """After a crash between its two writes the person has too many until the next one is stored."""
        values = _converter.unstructure(subscription)
        with store_errors():
            await self._subscriptions.update_one({"_id": endpoint_id(subscription.endpoint)}, {"$set": values}, upsert=True)
            found = await self._subscriptions.find({"person_id": subscription.person_id}, {"created_at": 1}).to_list(None)
            found.sort(key=lambda document: (document["created_at"], document["_id"]), reverse=True)
            if beyond := [document["_id"] for document in found[MAX_PER_PERSON:]]:
                await self._subscriptions.delete_many({"_id": {"$in": beyond}, "person_id": subscription.person_id})

    async def of_people(self, person_ids: Sequence[str]) -> dict[str, list[Subscription]]:
        with store_errors():
            documents = await self._subscriptions.find({"person_id": {"$in": list(person_ids)}}).to_list(None)
        by_person: dict[str, list[Subscription]] = {}
        for document in sorted(documents, key=lambda document: (document["created_at"], document["_id"]), reverse=True):
            by_person.setdefault(document["person_id"], []).append(_converter.structure(document, Subscription))
        return by_person

    async def remove_of_sign_in(self, person_id: str, sign_in_id: str) -> int:
        with store_errors():
            return int((await self._subscriptions.delete_many({"person_id": person_id, "sign_in_id": sign_in_id})).deleted_count)

    async def remove_expired(self, now: datetime) -> int:
        with store_errors():
            return int((await self._subscriptions.delete_many({"sign_in_expires_at": {"$lte": to_ms(now)}})).deleted_count)

    async def remove(self, endpoint: str, person_id: str = "") -> bool:
        condition: Document = {"_id": endpoint_id(endpoint), **({"person_id": person_id} if person_id else {})}
        with store_errors():
            return bool((await self._subscriptions.delete_one(condition)).deleted_count)
