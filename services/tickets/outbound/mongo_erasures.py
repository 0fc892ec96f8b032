"""Erasures in MongoDB: collection `erasures`, one small document for each person who is or was erased. It is kept as the record of who
erased whom, without name, e-mail and phone once all services have finished."""

from datetime import datetime

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from servicekit.documents import DocumentConverter
from servicekit.moments import to_ms
from servicekit.mongo import Document, Mongo, store_errors
from services.tickets.domain.erasure import Erasure

COLLECTION = "erasures"
# `turn` is the service that has to work now. `chat_finished_at` is missing until chat has finished, and in erasures that an earlier release
# saved last.
INDEXES = {
    COLLECTION: [IndexModel([("turn", ASCENDING), ("requested_at", ASCENDING)]), IndexModel([("chat_finished_at", ASCENDING)])],
}
_converter = DocumentConverter()
_converter.rename(Erasure, person_id="_id")


class MongoErasures:
    """The port Erasures."""

    def __init__(self, mongo: Mongo) -> None:
        self._erasures = mongo.database[COLLECTION]

    async def add(self, erasure: Erasure) -> Erasure:
        with store_errors():
            try:
                await self._erasures.insert_one(_document(erasure))
            except DuplicateKeyError:
                return await self.get(erasure.person_id) or erasure
        return erasure

    async def get(self, person_id: str) -> Erasure | None:
        with store_errors():
            found = await self._erasures.find_one({"_id": person_id})
        return _converter.structure(found, Erasure) if found else None

    async def save(self, erasure: Erasure) -> bool:
        before = {"_id": erasure.person_id, "version": erasure.version - 1}
        values = {name: value for name, value in _document(erasure).items() if name != "_id"}
        with store_errors():
            return (await self._erasures.update_one(before, {"$set": values})).matched_count == 1

    async def waiting(self, service: str, size: int) -> list[Erasure]:
        with store_errors():
            found = await self._erasures.find({"turn": {"$eq": service}}).sort("requested_at", ASCENDING).limit(size).to_list(size)
        return [_converter.structure(document, Erasure) for document in found]

    async def chat_finished_since(self, desk_id: str, at: datetime) -> bool:
        with store_errors():
            wanted: Document = {"desk_id": {"$eq": desk_id}, "chat_finished_at": {"$gte": to_ms(at)}}
            return await self._erasures.find_one(wanted, {"_id": 1}) is not None


def _document(erasure: Erasure) -> Document:
    finished: Document = {"chat_finished_at": to_ms(erasure.chat_finished_at)} if erasure.chat_finished_at else {}
    return {**_converter.unstructure(erasure), "turn": erasure.turn, **finished}
