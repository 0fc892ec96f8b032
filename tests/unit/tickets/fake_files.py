"""The file store of tickets in memory. It passes the tests of the real one (tests/adapters/tickets/test_files.py)."""

from collections.abc import AsyncIterable, AsyncIterator
from datetime import datetime

from servicekit.files import StoredFile
from services.tickets.domain.errors import AttachmentNotFound
from services.tickets.domain.uploads import Upload


class FakeFiles:
    def __init__(self) -> None:
        self.kept: dict[str, tuple[StoredFile, bytes, datetime]] = {}
        self.named: set[str] = set()
        self.uploads: dict[str, Upload] = {}

    async def put(self, file: StoredFile, content: AsyncIterable[bytes], at: datetime) -> None:
        self.kept[file.id] = (file, b"", at)
        async for piece in content:
            self.kept[file.id] = (file, self.kept[file.id][1] + piece, at)

    async def pieces(self, file_id: str, size: int) -> AsyncIterator[bytes]:
        if file_id not in self.kept:
            raise AttachmentNotFound
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

    async def remove(self, file_id: str) -> None:
        self.kept.pop(file_id, None)
        self.uploads.pop(file_id, None)

    async def add_upload(self, upload: Upload) -> Upload:
        if first := await self.upload_of(upload.key):
            return first
        self.uploads[upload.attachment.id] = upload
        return upload

    async def upload(self, file_id: str) -> Upload | None:
        return self.uploads.get(file_id)

    async def upload_of(self, key: str) -> Upload | None:
        return next((upload for upload in self.uploads.values() if upload.key == key), None)
