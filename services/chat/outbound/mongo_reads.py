"""Read positions in MongoDB: collection `reads`, `{_id: "<session_id>:<person_id>", session_id, person_id, desk_id, revision,
delivered}`.

One small document for each person who has read a session. It is not part of the session's log, which does not grow when a chat is read.
"""

from collections.abc import Sequence

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from servicekit.documents import DocumentConverter
from servicekit.mongo import Document, Mongo, store_errors
from services.chat.domain.access import ReadPosition

COLLECTION = "reads"
INDEXES = [IndexModel([("session_id", ASCENDING)])]
# Of one session: bounds the answer.
MAX_PEOPLE = 1_000
_converter = DocumentConverter()


class MongoReads:
    """The port ReadStore."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.database[COLLECTION]

    async def move(self, desk_id: str, position: ReadPosition) -> bool:
        names = {"session_id": position.session_id, "person_id": position.person_id, "desk_id": desk_id}
        # Both are in one document, so that a position that is read and delivered costs one write. `revision` is there in each document,
        # because the version before needs it; 0 would be a change of a document without `delivered`.
        further = {"revision": position.revision, **({"delivered": position.delivered} if position.delivered else {})}
        change = {"$set": names, "$max": further}
        with store_errors():
            try:
                done = await self._collection.update_one({"_id": _id(position)}, change, upsert=True)
            except DuplicateKeyError:
                # Two pages of the person inserted at once: the document exists now.
                done = await self._collection.update_one({"_id": _id(position)}, change)
        return done.upserted_id is not None or done.modified_count > 0

    async def of_session(self, desk_id: str, session_id: str) -> list[ReadPosition]:
        with store_errors():
            found = self._collection.find({"session_id": session_id, "desk_id": desk_id}).limit(MAX_PEOPLE)
            return [_position(document) for document in await found.to_list(MAX_PEOPLE)]

    async def of_person(self, desk_id: str, person_id: str, session_ids: Sequence[str]) -> list[ReadPosition]:
        ids = [f"{session_id}:{person_id}" for session_id in session_ids]
        with store_errors():
            found = await self._collection.find({"_id": {"$in": ids}, "desk_id": desk_id}).to_list(len(ids))
        return [_position(document) for document in found]

    async def forget(self, session_id: str, person_id: str) -> None:
        with store_errors():
            await self._collection.delete_one({"_id": _id(ReadPosition(session_id, person_id, 0))})


def _id(position: ReadPosition) -> str:
    # A session's id has no colon.
    return f"{position.session_id}:{position.person_id}"


def _position(document: Document) -> ReadPosition:
    return _converter.structure(document, ReadPosition)
