"""Contents of attachments in GridFS. Ids are always new, because not every store can replace a half-written file."""

from collections.abc import AsyncIterable, AsyncIterator
from datetime import datetime

from gridfs.errors import NoFile
from pymongo import ASCENDING, IndexModel

from servicekit.moments import to_ms
from servicekit.mongo import Mongo, store_errors
from services.tickets.domain.errors import AttachmentNotFound
from services.tickets.ports import StoredFile

BUCKET = "attachments"
COLLECTION = "files"
INDEXES = {COLLECTION: [IndexModel([("settled", ASCENDING), ("stored_ms", ASCENDING)])]}


# What the sweep needs is in a document of our own that is written before the first byte. So the sweep finds the file after a crash at
# any byte, and GridFS's metadata is not used (one store keeps it as text).
class MongoFiles:
    def __init__(self, mongo: Mongo) -> None:
        self._bucket = mongo.gridfs(BUCKET)
        self._whole, self._chunks = mongo.database[f"{BUCKET}.files"], mongo.database[f"{BUCKET}.chunks"]
        self._files = mongo.database[COLLECTION]

    async def put(self, file: StoredFile, content: AsyncIterable[bytes], at: datetime) -> None:
        with store_errors():
            await self._files.insert_one(
                {"_id": file.id, "desk_id": file.desk_id, "ticket_id": file.ticket_id, "stored_ms": to_ms(at), "settled": False}
            )
            stored = self._bucket.open_upload_stream_with_id(file.id, file.id)
        async for piece in content:
            with store_errors():
                await stored.write(piece)
        with store_errors():
            await stored.close()

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

    async def unnamed(self, before: datetime, limit: int) -> list[StoredFile]:
        with store_errors():
            found = await self._files.find({"settled": {"$eq": False}, "stored_ms": {"$lt": to_ms(before)}}).limit(limit).to_list(limit)
        return [StoredFile(str(f["_id"]), f["desk_id"], f["ticket_id"]) for f in found]

    async def mark_named(self, file_id: str) -> None:
        with store_errors():
            await self._files.update_one({"_id": file_id}, {"$set": {"settled": True}})

    async def remove(self, file_id: str) -> None:
        with store_errors():
            # A crash may have left half a file or half of a removal, which stores delete differently.
            if await self._whole.find_one({"_id": file_id}):
                await self._bucket.delete(file_id)
            await self._chunks.delete_many({"files_id": file_id})
            await self._files.delete_one({"_id": file_id})
