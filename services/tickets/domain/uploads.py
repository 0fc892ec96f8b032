"""Files that people upload: their names, and the time in which a note must name them (spec 9.3)."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from servicekit.text import cut, one_line
from services.tickets.domain.errors import InvalidValue
from services.tickets.domain.limits import MAX_NAME, derived_id
from services.tickets.domain.people import Actor
from services.tickets.domain.timeline import Attachment, TicketCommand

# The sweep removes unnamed files after an hour. The difference is longer than a commit takes, so it removes no file that a note gets.
NAMED_WITHIN = timedelta(minutes=45)
# Bytes at the beginning of a file by which its type is found.
HEAD = 8 * 1024
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


@dataclass(slots=True)
class Received:
    """What has arrived of a file: its first bytes and its size."""

    declared: int
    head: bytes = b""
    size: int = 0

    def add(self, piece: bytes) -> bytes:
        """Returns the piece. Raises InvalidValue for more bytes than were declared."""
        self.size += len(piece)
        if self.size > self.declared:
            raise self._wrong("size")
        if len(self.head) < HEAD:
            self.head += piece[: HEAD - len(self.head)]
        return piece

    def must_be_whole(self) -> None:
        """Raises InvalidValue when bytes are missing."""
        if self.size < self.declared:
            raise self._wrong("data")

    def _wrong(self, field: str) -> InvalidValue:
        return InvalidValue(field, f"The file should have {self.declared} bytes.", "wrong_size")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A stored file that no note names yet. Only the person who uploaded it may name it, on that ticket."""

    desk_id: str
    ticket_id: str
    command: TicketCommand
    stored_at: datetime
    attachment: Attachment

    @property
    def key(self) -> str:
        return upload_key(self.desk_id, self.command)

    def may_be_named(self, by: Actor, ticket_id: str, now: datetime) -> bool:
        theirs = (self.desk_id, self.command.by_id, self.ticket_id) == (by.desk_id, by.id, ticket_id)
        return theirs and now - self.stored_at < NAMED_WITHIN


def upload_key(desk_id: str, command: TicketCommand) -> str:
    """The same for each try of an upload."""
    return derived_id("upload", desk_id, command.by_id, command.id)
