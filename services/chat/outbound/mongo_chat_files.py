"""The files of sessions in the store (servicekit/mongo_files.py). A session has at most about 100 of them that messages have."""

from collections.abc import Collection, Mapping, Sequence

from pymongo import ASCENDING, IndexModel, UpdateOne

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
        # The name in the store.
        self._converter.rename(FileUpload, stored_at="stored_ms", arguments="content")

    async def stored(self, file_id: str) -> StoredFile | None:
        with store_errors():
            found = await self._files.find_one({"_id": file_id})
        return self._file_of(found) if found else None

    async def uploads_of(self, file_ids: Sequence[str]) -> list[FileUpload]:
        with store_errors():
            found = await self._uploads.find({"_id": {"$in": list(file_ids)}}).to_list(None)
        uploads = {document["_id"]: self._converter.structure(document, FileUpload) for document in found}
        return [uploads[id] for id in file_ids if id in uploads]

    async def claim(self, sizes: Mapping[str, int], command_id: str) -> bool:
        before = await self._commands_of(sizes)
        if len(before) < len(sizes) or not set(before.values()) <= {"", command_id}:
            return False
        free = [id for id in sizes if not before[id]]
        if not free:
            return True
        claims = [UpdateOne({"_id": id, "command_id": {"$eq": ""}}, {"$set": {"command_id": command_id, "size": sizes[id]}}) for id in free]
        with store_errors():
            await self._files.bulk_write(claims, ordered=False)
        # Another command, or another try of this one, may have claimed some of them meanwhile.
        after = await self._commands_of(sizes)
        return len(after) == len(sizes) and set(after.values()) == {command_id}

    async def _commands_of(self, file_ids: Collection[str]) -> dict[str, str]:
        """By the ids of the files that there are; "" for a file that no command has."""
        with store_errors():
            found = await self._files.find({"_id": {"$in": list(file_ids)}}, {"command_id": 1}).to_list(None)
        return {document["_id"]: document["command_id"] for document in found}

    async def claimed(self, desk_id: str, session_id: str, but: Collection[str]) -> tuple[int, int]:
        of_commands = {"session_id": {"$eq": session_id}, "desk_id": {"$eq": desk_id}, "command_id": {"$gt": ""}}
        with store_errors():
            found = await self._files.find(of_commands, {"size": 1}).to_list(None)
        sizes = [document["size"] for document in found if document["_id"] not in but]
        return len(sizes), sum(sizes)

    async def sent_by(self, desk_id: str, session_id: str, person_id: str) -> list[str]:
        theirs = {"session_id": {"$eq": session_id}, "desk_id": {"$eq": desk_id}, "by_id": {"$eq": person_id}}
        with store_errors():
            found = await self._files.find(theirs, {"_id": 1}).to_list(None)
        return [document["_id"] for document in found]
