"""Files that people upload (spec 9.3, 13.5): their names, what arrives of them, and the time in which something must name them.

Imports nothing but the standard library and text.py, so that rules may use it.
"""

import re
import unicodedata
from collections.abc import AsyncIterable, AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta

from servicekit.text import cut, one_line

MB = 1024 * 1024
# Of a part of a file that is sent or read.
PIECE = 256 * 1024
# The sweep removes unnamed files after an hour. The difference is longer than a commit takes, so it removes no file that gets a name.
NAMED_WITHIN = timedelta(minutes=45)
# Of an upload. Also for a caller without a deadline, so that the sweep finds no file that is still arriving.
UPLOAD_SECONDS = 900.0
# Bytes at the beginning of a file by which its type is found.
HEAD = 8 * 1024
# Of a safe name, and of a name as a browser sends it.
MAX_NAME, MAX_SENT_NAME = 200, 1_000
# What file systems refuse, and quotes, which end a name in a header or a command.
_UNSAFE = frozenset("\\/:*?<>|\"'`")
# Two format characters that scripts and emoji need.
_JOINERS = frozenset("\u200c\u200d")
# Devices of Windows, with any ending.
_DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)\d)(\.|$)", re.IGNORECASE)
_MAX_ENDING = 20
_WITHOUT_NAME = "file"


def safe_name(name: str) -> str:
    """The name without its path and without what is unsafe on a disk, in a header or to the eye; at most 200 characters.

    Letters of all scripts stay, and so does the ending.
    """
    last = unicodedata.normalize("NFC", one_line(name.replace("\\", "/").rpartition("/")[2]))
    plain = "".join("_" if _is_unsafe(char) else char for char in last).strip(" .")
    if _DEVICE.match(plain):
        plain = f"_{plain}"
    if len(plain) > MAX_NAME:
        stem, dot, ending = plain.rpartition(".")
        ending = f".{ending}" if dot and len(ending) <= _MAX_ENDING else ""
        plain = cut(stem if ending else plain, MAX_NAME - len(ending), mark="").rstrip() + ending
    return plain or _WITHOUT_NAME


def _is_unsafe(char: str) -> bool:
    """Also control, format and private characters, which change how a name looks."""
    return char in _UNSAFE or (unicodedata.category(char).startswith("C") and char not in _JOINERS)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file and what it belongs to. `by_id`: who uploaded it; `command_id`: the command that names it. Both are empty if the owner alone
    decides who may name it."""

    id: str
    desk_id: str
    owner_id: str
    by_id: str = ""
    command_id: str = ""


# Makes an error from the invalid field, a message for people, and a code.
Refused = Callable[[str, str, str], Exception]


@dataclass(slots=True)
class Received:
    """What has arrived of a file: its first bytes and its size."""

    declared: int
    refused: Refused
    head: bytes = b""
    size: int = 0

    async def whole(self, content: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        """The pieces of the content. Raises `refused` for more or fewer bytes than were declared."""
        async for piece in content:
            self.size += len(piece)
            if self.size > self.declared:
                raise self._wrong("size")
            if len(self.head) < HEAD:
                self.head += piece[: HEAD - len(self.head)]
            yield piece
        if self.size < self.declared:
            raise self._wrong("data")

    def _wrong(self, field: str) -> Exception:
        return self.refused(field, f"The file should have {self.declared} bytes.", "wrong_size")
