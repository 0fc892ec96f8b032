"""A file store in memory, as servicekit/mongo_files.py is in the database. Those of chat and tickets derive from it."""

from collections.abc import AsyncIterable, AsyncIterator, Callable
from datetime import datetime
from typing import Generic, TypeVar

from servicekit.files import StoredFile
from servicekit.mongo_files import Upload

U = TypeVar("U", bound=Upload)


class FakeFileStore(Generic[U]):
    """`missing` makes the error for a file that does not exist. `kept`: each file with what arrived of it, and when; `whole`: those of
    which all has arrived."""

    def __init__(self, missing: Callable[[], Exception]) -> None:
        self._missing = missing
        self.kept: dict[str, tuple[StoredFile, bytes, datetime]] = {}
        self.whole: set[str] = set()
        self.named: set[str] = set()
        self.uploads: dict[str, U] = {}

    async def put(self, file: StoredFile, content: AsyncIterable[bytes], at: datetime) -> None:
        self.kept[file.id] = (file, b"", at)
        async for piece in content:
            self.kept[file.id] = (file, self.kept[file.id][1] + piece, at)
        self.whole.add(file.id)

    async def pieces(self, file_id: str, size: int) -> AsyncIterator[bytes]:
        if file_id not in self.whole:
            raise self._missing()
        content = self.kept[file_id][1]
        for start in range(0, len(content), size):
            yield content[start : start + size]

    async def unnamed(self, before: datetime, limit: int) -> list[StoredFile]:
        return [file for file, _, at in self.kept.values() if at < before and file.id not in self.named][:limit]

    async def mark_named(self, file_id: str) -> None:
        self.named.add(file_id)
        self.uploads.pop(file_id, None)

    async def mark_unnamed(self, file_id: str) -> None:
        self.named.discard(file_id)

    async def remove_content(self, file_id: str) -> None:
        self.uploads.pop(file_id, None)
        self.whole.discard(file_id)
        if file_id in self.kept:
            file, _, at = self.kept[file_id]
            self.kept[file_id] = (file, b"", at)

    async def remove(self, file_id: str) -> None:
        await self.remove_content(file_id)
        self.kept.pop(file_id, None)

    async def add_upload(self, upload: U) -> U:
        if first := await self.upload_of(upload.key):
            return first
        self.uploads[upload.file_id] = upload
        return upload

    async def upload(self, file_id: str) -> U | None:
        return self.uploads.get(file_id)

    async def upload_of(self, key: str) -> U | None:
        return next((upload for upload in self.uploads.values() if upload.key == key), None)
