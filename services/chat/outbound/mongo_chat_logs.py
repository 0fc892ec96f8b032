"""Written chat logs in MongoDB: collection `chat_logs`, `{_id: "<session_id>:<sha256>", desk_id, session_id, sha256, revision, hash}`.

One small document for each log that was written: one per ended chat with a ticket, and one for each revision at which somebody fetched a
log. Every query names `_id`.
"""

from servicekit.documents import DocumentConverter
from servicekit.mongo import Mongo, store_errors
from services.chat.ports import WrittenLog

COLLECTION = "chat_logs"
_converter = DocumentConverter()


class MongoChatLogs:
    """The port WrittenLogs."""

    def __init__(self, mongo: Mongo) -> None:
        self._collection = mongo.database[COLLECTION]

    async def add(self, log: WrittenLog) -> None:
        with store_errors():
            await self._collection.update_one({"_id": _id(log.session_id, log.sha256)}, {"$set": _converter.unstructure(log)}, upsert=True)

    async def find(self, desk_id: str, session_id: str, sha256: str) -> WrittenLog | None:
        found = await self.find_in_any_desk(session_id, sha256)
        return found if found and found.desk_id == desk_id else None

    async def find_in_any_desk(self, session_id: str, sha256: str) -> WrittenLog | None:
        """For a command of the operator."""
        with store_errors():
            document = await self._collection.find_one({"_id": _id(session_id, sha256)})
        return _converter.structure(document, WrittenLog) if document else None


def _id(session_id: str, sha256: str) -> str:
    return f"{session_id}:{sha256}"
