"""The id of each session's last message, in `webhook_last_messages`, for sessions of desks with webhooks: the card does not have it."""

from contextlib import suppress
from datetime import datetime

from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from servicekit.moments import to_ms
from servicekit.mongo import Database, Document, store_errors

COLLECTION = "webhook_last_messages"
# `forget` uses it; the other queries use the session's id.
INDEXES = [IndexModel([("at", ASCENDING)])]


class MongoLastMessages:
    """The port LastMessages."""

    def __init__(self, database: Database[Document]) -> None:
        self._messages = database[COLLECTION]

    async def put(self, session_id: str, revision: int, message_id: str, at: datetime) -> None:
        older = {"_id": session_id, "revision": {"$lt": revision}}
        values = {"revision": revision, "message_id": message_id, "at": to_ms(at)}
        # With a newer message stored, the condition fails, and the upsert tries to insert a second document.
        with store_errors(), suppress(DuplicateKeyError):
            await self._messages.update_one(older, {"$set": values}, upsert=True)

    async def of(self, session_id: str) -> str:
        with store_errors():
            found = await self._messages.find_one({"_id": session_id})
        return str(found["message_id"]) if found else ""

    async def forget(self, before: datetime) -> None:
        with store_errors():
            await self._messages.delete_many({"at": {"$lt": to_ms(before)}})
