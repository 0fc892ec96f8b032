"""Attachments' bytes in GridFS. Ids are always fresh: a half-written file cannot be written over on every store."""

from collections.abc import AsyncIterator
from datetime import datetime

from gridfs.errors import NoFile
from pymongo import ASCENDING, IndexModel

from servicekit.mongo import Mongo, store_errors
from services.tickets.domain.errors import AttachmentNotFound
from services.tickets.ports import StoredFile

BUCKET = "attachments"
INDEXES = {f"{BUCKET}.files": [IndexModel([("metadata.settled", ASCENDING), ("metadata.stored_at", ASCENDING)])]}


# `metadata.stored_at` and not `uploadDate`, which is the machine's time and which one store gives back as text.
# A crash between chunks and file document leaves chunks that no file has: they cost their space and nothing else.
class MongoFiles:
    def __init__(self, mongo: Mongo) -> None:
        self._bucket = mongo.gridfs(BUCKET)
        self._files = mongo.database[f"{BUCKET}.files"]

    async def put(self, file: StoredFile, content: bytes, at: datetime) -> None:
        metadata = {"desk_id": file.desk_id, "ticket_id": file.ticket_id, "stored_at": at, "settled": False}
        with store_errors():
            await self._bucket.upload_from_stream_with_id(file.id, file.id, content, metadata=metadata)

    async def pieces(self, file_id: str, size: int) -> AsyncIterator[bytes]:
        try:
            with store_errors():
                stored = await self._bucket.open_download_stream(file_id)
        except NoFile:
            raise AttachmentNotFound from None
        while True:
            with store_errors():
                piece = bytes(await stored.read(size))
            if not piece:
                return
            yield piece

    async def unsettled(self, before: datetime, limit: int) -> list[StoredFile]:
        wanted = {"metadata.settled": False, "metadata.stored_at": {"$lt": before}}
        with store_errors():
            found = await self._files.find(wanted).limit(limit).to_list(limit)
        return [StoredFile(str(f["_id"]), f["metadata"]["desk_id"], f["metadata"]["ticket_id"]) for f in found]

    async def settle(self, file_id: str) -> None:
        with store_errors():
            await self._files.update_one({"_id": file_id}, {"$set": {"metadata.settled": True}})

    async def remove(self, file_id: str) -> None:
        try:
            with store_errors():
                await self._bucket.delete(file_id)
        except NoFile:
            return
