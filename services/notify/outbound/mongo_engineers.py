"""The copy of engineers and their presence: one document each, in `engineers`."""

from collections.abc import Sequence

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.errors import BulkWriteError

from servicekit.documents import DocumentConverter
from servicekit.mongo import Database, Document, is_duplicate, store_errors
from services.notify.domain.decision import Engineer, PresenceFact
from services.notify.ports import EngineerWithPresence

COLLECTION = "engineers"
INDEXES = [IndexModel([("desk_id", ASCENDING)])]

_converter = DocumentConverter()
_converter.rename(Engineer, id="_id")
_converter.rename(PresenceFact, presence="state")


class MongoEngineers:
    """A save is conditional on the revision of its source, which is the directory or presence."""

    def __init__(self, database: Database[Document]) -> None:
        self._engineers = database[COLLECTION]

    async def of_desk(self, desk_id: str) -> list[EngineerWithPresence]:
        with store_errors():
            return [_engineer_from(document) for document in await self._engineers.find({"desk_id": desk_id}).to_list(None)]

    async def one(self, person_id: str) -> EngineerWithPresence | None:
        with store_errors():
            document = await self._engineers.find_one({"_id": person_id})
        return _engineer_from(document) if document else None

    async def put(self, engineers: Sequence[Engineer]) -> None:
        writes = [_write(engineer) for engineer in engineers]
        if not writes:
            return
        with store_errors():
            try:
                await self._engineers.bulk_write(writes, ordered=False)
            except BulkWriteError as error:
                # If the stored engineer is newer, the condition fails, and the upsert tries to insert a second one.
                if not is_duplicate(error):
                    raise

    async def put_presence(self, person_id: str, presence: PresenceFact) -> bool:
        values = {"presence": _converter.unstructure(presence), "presence_revision": presence.revision}
        newer = {"_id": person_id, "presence_revision": {"$lt": presence.revision}}
        with store_errors():
            if await self._engineers.find_one({"_id": person_id}, {"_id": 1}) is None:
                return False
            await self._engineers.update_one(newer, {"$set": values})
        return True


def _write(engineer: Engineer) -> UpdateOne:
    values = _converter.unstructure(engineer)
    older = {"_id": values.pop("_id"), "revision": {"$lt": engineer.revision}}
    return UpdateOne(older, {"$set": values, "$setOnInsert": {"presence": None, "presence_revision": 0}}, upsert=True)


def _engineer_from(document: Document) -> EngineerWithPresence:
    presence = _converter.structure(document["presence"], PresenceFact | None)  # type: ignore[arg-type]
    return EngineerWithPresence(_converter.structure(document, Engineer), presence)
