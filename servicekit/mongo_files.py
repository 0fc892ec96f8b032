"""Contents of files in GridFS, and the uploads that nothing names yet. Ids of files are always new, because not every store can replace a
half-written file."""

from collections.abc import AsyncIterable, AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Generic, Protocol, TypeVar

from bson import ObjectId
from gridfs.errors import NoFile
from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from servicekit.documents import DocumentConverter
from servicekit.files import StoredFile
from servicekit.moments import to_ms
from servicekit.mongo import Document, Mongo, store_errors

BUCKET = "attachments"
COLLECTION = "files"
UPLOADS = "uploads"
INDEXES = {
    COLLECTION: [IndexModel([("settled", ASCENDING), ("stored_ms", ASCENDING)])],
    # The sweep and what names a file remove its upload, so this holds those of the last hour.
    UPLOADS: [IndexModel([("key", ASCENDING)], unique=True)],
    # As the driver creates it.
    f"{BUCKET}.chunks": [IndexModel([("files_id", ASCENDING), ("n", ASCENDING)], unique=True)],
}
CHUNK = 255 * 1024


class Upload(Protocol):
    """A whole file that nothing names yet: a dataclass with the field `stored_at`."""

    @property
    def file_id(self) -> str: ...

    @property
    def key(self) -> str:
        """The same for each try of an upload."""


U = TypeVar("U", bound=Upload)


# What the sweep needs is in a document of our own that is written before the first byte. So the sweep finds the file after a crash at
# any byte, and GridFS's metadata is not used (one store keeps it as text).
class MongoFiles(Generic[U]):
    """`owner`: the field with the id of what a file belongs to. `missing` makes the error for a file that does not exist."""

    def __init__(self, mongo: Mongo, owner: str, kind: type[U], missing: Callable[[], Exception]) -> None:
        self._owner, self._kind, self._missing = owner, kind, missing
        self._converter = DocumentConverter()
        self._converter.rename(kind, stored_at="stored_ms")
        self._bucket = mongo.gridfs(BUCKET)
        self._whole, self._chunks = mongo.database[f"{BUCKET}.files"], mongo.database[f"{BUCKET}.chunks"]
        self._files, self._uploads = mongo.database[COLLECTION], mongo.database[UPLOADS]

    async def put(self, file: StoredFile, content: AsyncIterable[bytes], at: datetime) -> None:
        document = {"_id": file.id, "desk_id": file.desk_id, self._owner: file.owner_id, "stored_ms": to_ms(at), "settled": False}
        if file.by_id:
            document |= {"by_id": file.by_id, "command_id": file.command_id}
        with store_errors():
            await self._files.insert_one(document)
        size = await self._write(file.id, content)
        whole = {"_id": file.id, "filename": file.id, "chunkSize": CHUNK, "length": size, "uploadDate": datetime.now(UTC)}
        with store_errors():
            await self._whole.insert_one(whole)

    async def _write(self, file_id: str, content: AsyncIterable[bytes]) -> int:
        """Writes the chunks of a file and returns its size. The driver's own writer keeps up to 48 MB in memory before it writes."""
        waiting, written, size = bytearray(), 0, 0

        async def write() -> None:
            with store_errors():
                await self._chunks.insert_one({"_id": ObjectId(), "files_id": file_id, "n": written, "data": bytes(waiting[:CHUNK])})
            del waiting[:CHUNK]

        async for piece in content:
            size += len(piece)
            waiting += piece
            while len(waiting) >= CHUNK:
                await write()
                written += 1
        if waiting:
            await write()
        return size

    async def pieces(self, file_id: str, size: int) -> AsyncIterator[bytes]:
        try:
            with store_errors():
                stored = await self._bucket.open_download_stream(file_id)
        except NoFile:
            raise self._missing() from None
        while True:
            with store_errors():
                piece = bytes(await stored.read(size))
            if not piece:
                return
            yield piece

    async def unnamed(self, before: datetime, limit: int) -> list[StoredFile]:
        with store_errors():
            found = await self._files.find({"settled": {"$eq": False}, "stored_ms": {"$lt": to_ms(before)}}).limit(limit).to_list(limit)
        return [self._file_of(document) for document in found]

    async def mark_named(self, file_id: str) -> None:
        with store_errors():
            await self._uploads.delete_one({"_id": file_id})
            await self._files.update_one({"_id": file_id}, {"$set": {"settled": True}})

    async def mark_unnamed(self, file_id: str) -> None:
        with store_errors():
            await self._files.update_one({"_id": file_id}, {"$set": {"settled": False}})

    async def remove(self, file_id: str) -> None:
        await self.remove_content(file_id)
        with store_errors():
            await self._files.delete_one({"_id": file_id})

    async def remove_content(self, file_id: str) -> None:
        with store_errors():
            # First, so that nothing can name it any more.
            await self._uploads.delete_one({"_id": file_id})
            # A crash may have left half a file or half of a removal, which stores delete differently.
            if await self._whole.find_one({"_id": file_id}):
                await self._bucket.delete(file_id)
            await self._chunks.delete_many({"files_id": file_id})

    async def add_upload(self, upload: U) -> U:
        document = {**self._converter.unstructure(upload), "_id": upload.file_id, "key": upload.key}
        with store_errors():
            try:
                await self._uploads.insert_one(document)
            except DuplicateKeyError:
                first = await self.upload_of(upload.key)
                # It is missing only if it was named or swept at this moment; then this one counts for the next try.
                return first or upload
        return upload

    async def upload(self, file_id: str) -> U | None:
        return await self._upload({"_id": file_id})

    async def upload_of(self, key: str) -> U | None:
        return await self._upload({"key": {"$eq": key}})

    async def _upload(self, wanted: Document) -> U | None:
        with store_errors():
            found = await self._uploads.find_one(wanted)
        return self._converter.structure(found, self._kind) if found else None

    def _file_of(self, document: Document) -> StoredFile:
        ids = (str(document["_id"]), document["desk_id"], document[self._owner])
        return StoredFile(*ids, by_id=document.get("by_id", ""), command_id=document.get("command_id", ""))
