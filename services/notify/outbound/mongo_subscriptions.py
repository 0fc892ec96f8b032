"""Web Push subscriptions: one document each, in `subscriptions`. Its id is the SHA-256 of the endpoint."""

from collections.abc import Sequence

from pymongo import ASCENDING, IndexModel

from servicekit.documents import DocumentConverter
from servicekit.mongo import Database, Document, store_errors
from services.notify.domain.subscription import MOST_A_PERSON, Subscription, endpoint_id

COLLECTION = "subscriptions"
INDEXES = [IndexModel([("person_id", ASCENDING)])]

_converter = DocumentConverter()


class MongoSubscriptions:
    """The port SubscriptionStore. Removals are by id; a person's own are found by the index on `person_id`."""

    def __init__(self, database: Database[Document]) -> None:
        self._subscriptions = database[COLLECTION]

    async def put(self, subscription: Subscription) -> None:
        """After a crash between its two writes the person has too many until the next one is stored."""
        values = _converter.unstructure(subscription)
        with store_errors():
            await self._subscriptions.update_one({"_id": endpoint_id(subscription.endpoint)}, {"$set": values}, upsert=True)
            found = await self._subscriptions.find({"person_id": subscription.person_id}, {"created_at": 1}).to_list(None)
            found.sort(key=lambda document: (document["created_at"], document["_id"]), reverse=True)
            if beyond := [document["_id"] for document in found[MOST_A_PERSON:]]:
                await self._subscriptions.delete_many({"_id": {"$in": beyond}, "person_id": subscription.person_id})

    async def of_people(self, person_ids: Sequence[str]) -> dict[str, list[Subscription]]:
        with store_errors():
            documents = await self._subscriptions.find({"person_id": {"$in": list(person_ids)}}).to_list(None)
        by_person: dict[str, list[Subscription]] = {}
        for document in sorted(documents, key=lambda document: (document["created_at"], document["_id"]), reverse=True):
            by_person.setdefault(document["person_id"], []).append(_converter.structure(document, Subscription))
        return by_person

    async def remove_of(self, person_id: str) -> None:
        with store_errors():
            await self._subscriptions.delete_many({"person_id": person_id})

    async def remove(self, endpoint: str, person_id: str = "") -> bool:
        condition: Document = {"_id": endpoint_id(endpoint), **({"person_id": person_id} if person_id else {})}
        with store_errors():
            return bool((await self._subscriptions.delete_one(condition)).deleted_count)
