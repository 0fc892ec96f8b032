"""The file store of chat in memory. It passes the tests of the real one (tests/adapters/chat/test_files.py)."""

from collections.abc import AsyncIterable, AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from servicekit.files import StoredFile
from services.chat.domain.errors import FileNotFound
from services.chat.domain.files import File, FileUpload


class FakeFiles:
    def __init__(self) -> None:
        self.kept: dict[str, tuple[StoredFile, bytes, datetime]] = {}
        self.whole: set[str] = set()
        self.sizes: dict[str, int] = {}
        self.named: set[str] = set()
        self.uploads: dict[str, FileUpload] = {}

    def add(self, session_id: str, by_id: str, file_id: str, at: datetime) -> None:
        """A whole file that its uploader may send."""
        file = File(file_id, "smoke.txt", "text/plain; charset=utf-8", 5, "ab")
        ids = {"desk_id": "harbour", "session_id": session_id, "by_id": by_id, "command_id": f"upload-{file_id}"}
        self.kept[file_id] = (StoredFile(file_id, "harbour", session_id, by_id), b"smoke", at)
        self.whole.add(file_id)
        self.uploads[file_id] = FileUpload(**ids, arguments="x", stored_at=at, file=file)

    async def put(self, file: StoredFile, content: AsyncIterable[bytes], at: datetime) -> None:
        self.kept[file.id] = (file, b"", at)
        async for piece in content:
            self.kept[file.id] = (file, self.kept[file.id][1] + piece, at)
        self.whole.add(file.id)

    async def pieces(self, file_id: str, size: int) -> AsyncIterator[bytes]:
        if file_id not in self.whole:
            raise FileNotFound
        content = self.kept[file_id][1]
        for start in range(0, len(content), size):
            yield content[start : start + size]

    async def stored(self, file_id: str) -> StoredFile | None:
        return self.kept[file_id][0] if file_id in self.kept else None

    async def unnamed(self, before: datetime, limit: int) -> list[StoredFile]:
        return [file for file, _, at in self.kept.values() if at < before and file.id not in self.named][:limit]

    async def mark_named(self, file_id: str) -> None:
        self.named.add(file_id)
        self.uploads.pop(file_id, None)

    async def mark_unnamed(self, file_id: str) -> None:
        self.named.discard(file_id)

    async def remove_content(self, file_id: str) -> None:
        self.uploads.pop(file_id, None)
        if file_id in self.kept:
            file, _, at = self.kept[file_id]
            self.kept[file_id] = (file, b"", at)
            self.whole.discard(file_id)

    async def remove(self, file_id: str) -> None:
        await self.remove_content(file_id)
        self.kept.pop(file_id, None)

    async def add_upload(self, upload: FileUpload) -> FileUpload:
        if first := await self.upload_of(upload.key):
            return first
        self.uploads[upload.file_id] = upload
        return upload

    async def uploads_of(self, file_ids: Sequence[str]) -> list[FileUpload]:
        return [self.uploads[id] for id in file_ids if id in self.uploads]

    async def upload_of(self, key: str) -> FileUpload | None:
        return next((upload for upload in self.uploads.values() if upload.key == key), None)

    async def claim(self, sizes: Mapping[str, int], command_id: str) -> bool:
        if not all(id in self.kept and self.kept[id][0].command_id in ("", command_id) for id in sizes):
            return False
        for id, size in sizes.items():
            file, content, at = self.kept[id]
            self.kept[id], self.sizes[id] = (replace(file, command_id=command_id), content, at), size
        return True

    async def claimed(self, desk_id: str, session_id: str, but: Collection[str]) -> tuple[int, int]:
        files = [file for file in self._of(desk_id, session_id) if file.command_id and file.id not in but]
        return len(files), sum(self.sizes[file.id] for file in files)

    async def sent_by(self, desk_id: str, session_id: str, person_id: str) -> list[str]:
        return [file.id for file in self._of(desk_id, session_id) if file.by_id == person_id]

    def _of(self, desk_id: str, session_id: str) -> list[StoredFile]:
        return [file for file, _, _ in self.kept.values() if (file.desk_id, file.owner_id) == (desk_id, session_id)]
