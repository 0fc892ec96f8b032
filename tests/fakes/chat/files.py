"""The file store of chat in memory. It passes the tests of the real one (tests/adapters/chat/test_files.py)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from servicekit.files import StoredFile
from services.chat.domain.errors import FileNotFound
from services.chat.domain.files import File, FileUpload
from tests.fakes.files import FakeFileStore


class FakeFiles(FakeFileStore[FileUpload]):
    def __init__(self) -> None:
        super().__init__(FileNotFound)
        self.sizes: dict[str, int] = {}

    def add(self, session_id: str, by_id: str, file_id: str, at: datetime) -> None:
        """A whole file that its uploader may send."""
        file = File(file_id, "smoke.txt", "text/plain; charset=utf-8", 5, "ab")
        ids = {"desk_id": "harbour", "session_id": session_id, "by_id": by_id, "command_id": f"upload-{file_id}"}
        self.kept[file_id] = (StoredFile(file_id, "harbour", session_id, by_id), b"smoke", at)
        self.whole.add(file_id)
        self.uploads[file_id] = FileUpload(**ids, arguments="x", stored_at=at, file=file)

    async def stored(self, file_id: str) -> StoredFile | None:
        return self.kept[file_id][0] if file_id in self.kept else None

    async def uploads_of(self, file_ids: Sequence[str]) -> list[FileUpload]:
        return [self.uploads[id] for id in file_ids if id in self.uploads]

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
