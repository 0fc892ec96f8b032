"""Files that people send in a session (spec 13.5): what a message names of a file, and uploads until a message names them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from servicekit.files import MAX_SENT_NAME, MB, NAMED_WITHIN
from services.chat.domain.arguments import checked_id
from services.chat.domain.errors import BadArgument, Refused

# Of one message; tests/contract compares it with those of the gateway and the apps.
MAX_FILES = 10
# Of one session. They bound what is copied to its ticket with the log. Posts at the same moment may go beyond by one message each.
MAX_SESSION_FILES, MAX_SESSION_BYTES = 100, 256 * MB


@dataclass(frozen=True, slots=True)
class File:
    """A file of a message; `size` in bytes, `sha256` of its content in hex."""

    id: str
    name: str
    content_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileUpload:
    """A stored file that no message names yet. `arguments` is a digest of the command's arguments, which a repeat must have too."""

    desk_id: str
    session_id: str
    by_id: str
    command_id: str
    arguments: str
    stored_at: datetime
    file: File

    @property
    def file_id(self) -> str:
        return self.file.id

    @property
    def key(self) -> str:
        return upload_key(self.desk_id, self.by_id, self.command_id)

    def is_kept(self, now: datetime) -> bool:
        """Whether a message may still name it; later it is removed."""
        return now - self.stored_at < NAMED_WITHIN


def upload_key(desk_id: str, by_id: str, command_id: str) -> str:
    """The same for each try of an upload."""
    return _digest("upload", desk_id, by_id, command_id)


def checked_upload(session_id: str, command_id: str, name: str, size: int, most: int) -> str:
    """A digest of the arguments of an upload; raises BadArgument, above `most` bytes too_large."""
    checked_id(command_id)
    if not 1 <= len(name) <= MAX_SENT_NAME:
        raise BadArgument(f"A file name has 1 to {MAX_SENT_NAME} characters.", field="name")
    check_size(size, most)
    return _digest("file", session_id, name, str(size))


def check_size(size: int, most: int) -> None:
    """Raises BadArgument too_large above `most` bytes."""
    if size > most:
        raise BadArgument(f"A file has at most {most // MB} MB.", field="size", code="too_large", most=str(most))


def checked_file_ids(ids: Sequence[str]) -> None:
    """Raises BadArgument for too many ids, an invalid one, and a repeated one."""
    if len(ids) > MAX_FILES:
        raise BadArgument(f"A message has at most {MAX_FILES} files.", field="file_ids", code="too_many_files", most=str(MAX_FILES))
    if len(set(ids)) < len(ids):
        raise BadArgument("Each file is named once, by its id.", field="file_ids")
    for id in ids:
        checked_id(id, "file_ids")


def check_room(files: int, size: int) -> None:
    """Raises Refused for more files, or bytes, than a session may have."""
    if files > MAX_SESSION_FILES or size > MAX_SESSION_BYTES:
        most = f"{MAX_SESSION_FILES} files, and {MAX_SESSION_BYTES // MB} MB of them"
        raise Refused(f"A chat has at most {most}.", code="too_many_files", field="file_ids")


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()
