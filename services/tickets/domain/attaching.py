"""Attaching the log of an ended chat to a ticket (spec 4.1, 4.2)."""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from servicekit.text import cut, one_line
from services.tickets.domain.limits import MAX_NAME, MAX_SUMMARY, derived_id
from services.tickets.domain.people import SYSTEM, Ref
from services.tickets.domain.ticket import Priority
from services.tickets.domain.timeline import Attachment, ChatReference, Note, TicketCommand, UnstoredEntry

EXCERPT = 3_100
# More characters, to find where the last character as a person sees it ends.
SPARE = 64
# Names are used in headers and on disks (spec 9.3).
UNSAFE = re.compile(r"[^A-Za-z0-9_.-]|^\.+")
LOG_TYPE = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class NewTicketWish:
    board_id: str
    summary: str
    priority: str


@dataclass(frozen=True, slots=True)
class AttachWish:
    ticket_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedChat:
    """A session that ended. `wish` is None when the session needs no ticket."""

    session_id: str
    desk_id: str
    title: str
    customer: Ref
    company: Ref
    board_id: str
    closed_by: Ref
    ended_at: datetime | None
    wish: NewTicketWish | AttachWish | None


def log_command(session_id: str) -> TicketCommand:
    """The same command for every attempt; the store accepts a command once, so a session has one log."""
    return TicketCommand(id=f"{session_id}:log", by_id=SYSTEM.id, content="")


def ticket_id_of(session_id: str) -> str:
    """The id of the ticket that is made for a session; the same for every attempt."""
    return derived_id("ticket of session", session_id)


@dataclass(frozen=True, slots=True)
class ChatFile:
    """A file of a message, as chat describes it; size in bytes. `sender_id` is "" from a chat of the version before."""

    id: str
    name: str
    content_type: str
    size: int
    sender_id: str = ""


@dataclass(frozen=True, slots=True)
class LogPiece:
    """A part of a log's text. The first piece has the file name, the last one the files of the messages."""

    text: str
    file_name: str = ""
    files: tuple[ChatFile, ...] = ()


@dataclass(slots=True)
class LogSummary:
    """What a note shows of a log, collected piece by piece: a log may be too long to hold in memory. chat bounds the files of a session."""

    file_name: str = ""
    beginning: str = ""
    size: int = 0
    files: tuple[ChatFile, ...] = ()

    def add(self, piece: LogPiece) -> bytes:
        """The piece's text as it is stored."""
        stored = piece.text.encode()
        self.file_name = self.file_name or piece.file_name
        self.beginning += piece.text[: EXCERPT + SPARE - len(self.beginning)]
        self.size += len(stored)
        self.files += piece.files
        return stored


def free_name(file_name: str, taken: Container[str]) -> str:
    """The name with unsafe characters replaced, and a number when another file has the same name."""
    safe = UNSAFE.sub("_", file_name)[-MAX_NAME:]
    stem, dot, ending = safe.rpartition(".")
    numbered = (f"{stem}_{number}{dot}{ending}" for number in count(2))
    return safe if safe not in taken else next(name for name in numbered if name not in taken)


def log_drafts(chat: EndedChat, log: LogSummary, attachment_id: str, name: str, files: Sequence[Attachment]) -> list[UnstoredEntry]:
    """An internal note with the log, its beginning and the chat's files, and a chat entry for engineers and the chat's customer. Only
    engineers get the files here: customers of the company who may see the ticket did not see the chat (spec 9.4), and its customer has the
    files in the chat."""
    note = Note(cut(log.beginning, EXCERPT, mark=""), (Attachment(attachment_id, name, LOG_TYPE, log.size), *files))
    return [
        UnstoredEntry(note, internal=True, id=f"{chat.session_id}:log"),
        UnstoredEntry(ChatReference(chat.session_id, chat.title, chat.ended_at, chat.customer.id), id=f"{chat.session_id}:chat"),
    ]


def wish_for(chat: EndedChat) -> NewTicketWish:
    """The ticket to make. A new ticket replaces one that no longer exists, so that the conversation is not lost."""
    if isinstance(chat.wish, NewTicketWish):
        return chat.wish
    return NewTicketWish(chat.board_id, chat.title, Priority.NORMAL.name)


def summary_of(wish: NewTicketWish, chat: EndedChat) -> str:
    """One line within the limit. chat has checked the summary; a bad one must not stop the log."""
    return cut(one_line(wish.summary) or one_line(chat.title) or f"Chat with {chat.customer.name}", MAX_SUMMARY)


def priority_of(wish: NewTicketWish) -> Priority:
    return Priority.__members__.get(wish.priority.upper(), Priority.NORMAL)
