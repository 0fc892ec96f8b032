"""Leases of gateway replicas: one document each, in `leases`."""

from datetime import datetime

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from servicekit.documents import DocumentConverter
from servicekit.moments import from_ms, to_ms
from servicekit.mongo import Database, Document, store_errors
from services.presence.domain.lease import Lease

COLLECTION = "leases"
INDEXES = [IndexModel([("ended_at", ASCENDING)])]
ALIVE = {"ended_at": None}

_converter = DocumentConverter()
_converter.rename(Lease, id="_id")


class MongoLeases:
    def __init__(self, database: Database[Document]) -> None:
        self._leases = database[COLLECTION]

    async def all(self) -> list[Lease]:
        with store_errors():
            return [_converter.structure(document, Lease) for document in await self._leases.find({}).to_list(None)]

    async def begin(self, lease: Lease) -> bool:
        document = {**_converter.unstructure(lease), "noticed_at": None, "swept": False}
        with store_errors():
            try:
                await self._leases.insert_one(document)
            except DuplicateKeyError:
                return False
        return True

    async def renew(self, lease_id: str, number: int, at: datetime, complete_at: datetime) -> bool:
        renewed = {"number": number, "renewed_at": to_ms(at), "complete_at": to_ms(complete_at)}
        return await self._update({"_id": lease_id, "number": {"$lt": number}, **ALIVE}, renewed)

    async def end(self, lease: Lease, at: datetime, by: str, noticed: datetime) -> bool:
        unchanged = {"_id": lease.id, "number": lease.number, "renewed_at": to_ms(lease.renewed_at), **ALIVE}
        return await self._update(unchanged, {"ended_at": to_ms(at), "ended_by": by, "noticed_at": to_ms(noticed)})

    async def unswept(self) -> list[tuple[Lease, datetime]]:
        with store_errors():
            documents = await self._leases.find({"swept": False, "ended_at": {"$ne": None}}).to_list(None)
        return [(_converter.structure(document, Lease), from_ms(document["noticed_at"])) for document in documents]

    async def swept(self, lease_id: str) -> None:
        await self._update({"_id": lease_id}, {"swept": True})

    async def forget(self, before: datetime) -> None:
        with store_errors():
            await self._leases.delete_many({"swept": True, "ended_at": {"$lt": to_ms(before)}})

    async def _update(self, condition: Document, values: Document) -> bool:
        with store_errors():
            return (await self._leases.update_one(condition, {"$set": values})).matched_count == 1
