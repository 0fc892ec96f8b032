"""The port of chat's files. Every method may raise servicekit's Unavailable."""

from collections.abc import AsyncIterable, AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from servicekit.files import StoredFile
from services.chat.domain.files import FileUpload


class Files(Protocol):
    """Contents of files, and the uploads that no message names yet. A file that no message names is removed later."""

    async def put(self, file: StoredFile, content: AsyncIterable[bytes], at: datetime) -> None:
        """Stores the file while it arrives, and holds less than 1 MB of it in memory. The id must be new. Raises what `content` raises;
        the sweep removes what was stored until then."""

    def pieces(self, file_id: str, size: int) -> AsyncIterator[bytes]:
        """The content in pieces of at most `size` bytes; raises FileNotFound."""

    async def stored(self, file_id: str) -> StoredFile | None: ...

    async def unnamed(self, before: datetime, limit: int) -> list[StoredFile]:
        """Files that were stored before that moment and are not marked as named by the log."""

    async def mark_named(self, file_id: str) -> None:
        """Records that a message names the file, and forgets its upload."""

    async def remove(self, file_id: str) -> None:
        """Removes the file and its upload."""

    async def mark_unnamed(self, file_id: str) -> None:
        """Records that no message names the file any more."""

    async def remove_content(self, file_id: str) -> None:
        """Removes the content and the upload. What an upload that is still running writes later is removed with the file."""

    async def add_upload(self, upload: FileUpload) -> FileUpload:
        """Adds the upload of a whole file. Returns the earlier one if another try of the same command was first."""

    async def uploads_of(self, file_ids: Sequence[str]) -> list[FileUpload]:
        """The uploads of these files that there are, in this order."""

    async def upload_of(self, key: str) -> FileUpload | None:
        """The upload with that `FileUpload.key`."""

    async def claim(self, sizes: Mapping[str, int], command_id: str) -> bool:
        """Gives the files, by id with their sizes in bytes, to this command of their uploader. False if one is missing, or another command
        has it; then nothing changes, unless that command claims at the same moment. A repeat changes nothing."""

    async def claimed(self, desk_id: str, session_id: str, but: Collection[str]) -> tuple[int, int]:
        """How many files of the session commands have, without these, and their bytes."""

    async def sent_by(self, desk_id: str, session_id: str, person_id: str) -> list[str]:
        """The ids of the person's files in the session."""
