"""The files of sessions in the store (servicekit/mongo_files.py). A session has at most about 100 of them that messages have."""

from collections.abc import Collection

from pymongo import ASCENDING, IndexModel

from servicekit import mongo_files
from servicekit.files import StoredFile
from servicekit.mongo import Mongo, store_errors
from servicekit.mongo_files import MongoFiles
from services.chat.domain.errors import FileNotFound
from services.chat.domain.files import FileUpload

INDEXES = {
    **mongo_files.INDEXES,
    mongo_files.COLLECTION: [*mongo_files.INDEXES[mongo_files.COLLECTION], IndexModel([("session_id", ASCENDING)])],
}


class MongoChatFiles(MongoFiles[FileUpload]):
    """The port Files."""

    def __init__(self, mongo: Mongo) -> None:
        super().__init__(mongo, "session_id", FileUpload, FileNotFound)

    async def stored(self, file_id: str) -> StoredFile | None:
        with store_errors():
            found = await self._files.find_one({"_id": file_id})
        return self._file_of(found) if found else None

    async def claim(self, file_id: str, command_id: str, size: int) -> bool:
        with store_errors():
            await self._files.update_one({"_id": file_id, "command_id": {"$eq": ""}}, {"$set": {"command_id": command_id, "size": size}})
        stored = await self.stored(file_id)
        return stored is not None and stored.command_id == command_id

    async def claimed(self, session_id: str, but: Collection[str]) -> tuple[int, int]:
        with store_errors():
            found = await self._files.find({"session_id": {"$eq": session_id}}, {"command_id": 1, "size": 1}).to_list(None)
        sizes = [document["size"] for document in found if document["command_id"] and document["_id"] not in but]
        return len(sizes), sum(sizes)

    async def sent_by(self, session_id: str, person_id: str) -> list[str]:
        with store_errors():
            found = await self._files.find({"session_id": {"$eq": session_id}}, {"by_id": 1}).to_list(None)
        return [document["_id"] for document in found if document["by_id"] == person_id]
