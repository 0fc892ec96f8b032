"""How the log of an ended chat comes onto a ticket (spec 4.1, 4.2)."""

import re
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from servicekit.text import cut, one_line
from services.tickets.domain.limits import NAME_MAX, SUMMARY_MAX, derived_id
from services.tickets.domain.people import SYSTEM, Ref
from services.tickets.domain.ticket import Priority
from services.tickets.domain.timeline import Attachment, ChatReference, Note, TicketCommand, TimelineDraft

EXCERPT = 3_100
# So many more are looked at, to tell where the last character as a person sees it ends.
SPARE = 64
# Names end up in headers and on disks (spec 9.3).
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
    """A session that ended, as chat tells it. `wish` is None where the session asks for no ticket."""

    session_id: str
    desk_id: str
    title: str
    customer: Ref
    company: Ref
    board_id: str
    closed_by: Ref
    ended_at: datetime | None
    file_name: str
    wish: NewTicketWish | AttachWish | None


def log_command(session_id: str) -> TicketCommand:
    """One log per session: every attempt gives this same command, and the store takes a command once."""
    return TicketCommand(id=f"{session_id}:log", by_id=SYSTEM.id, content="")


def ticket_id_of(session_id: str) -> str:
    """The id of the ticket that a session becomes, however often it is made."""
    return derived_id("ticket of session", session_id)


@dataclass(slots=True)
class LogText:
    """What a note tells of a log, learned while its text goes by: it may be too long to be held at once."""

    beginning: str = ""
    size: int = 0

    def passes(self, piece: str) -> bytes:
        """The piece as it is stored."""
        stored = piece.encode()
        self.beginning += piece[: EXCERPT + SPARE - len(self.beginning)]
        self.size += len(stored)
        return stored


def free_name(file_name: str, taken: Container[str]) -> str:
    """The name, made safe; with a number behind it where two chats of one ticket ended in the same second."""
    safe = UNSAFE.sub("_", file_name)[-NAME_MAX:]
    stem, dot, ending = safe.rpartition(".")
    numbered = (f"{stem}_{number}{dot}{ending}" for number in count(2))
    return safe if safe not in taken else next(name for name in numbered if name not in taken)


def log_drafts(chat: EndedChat, text: LogText, attachment_id: str, name: str) -> list[TimelineDraft]:
    """An internal note with the file and its beginning, and a quiet chat entry for everybody."""
    note = Note(cut(text.beginning, EXCERPT, mark=""), (Attachment(attachment_id, name, LOG_TYPE, text.size),))
    return [
        TimelineDraft(note, internal=True, id=f"{chat.session_id}:log"),
        TimelineDraft(ChatReference(chat.session_id, chat.title, chat.ended_at), id=f"{chat.session_id}:chat"),
    ]


def wish_for(chat: EndedChat) -> NewTicketWish:
    """The ticket to make. One for a ticket that is gone becomes a new ticket: the conversation must be found again somewhere."""
    if isinstance(chat.wish, NewTicketWish):
        return chat.wish
    return NewTicketWish(chat.board_id, chat.title, Priority.NORMAL.name)


def summary_of(wish: NewTicketWish, chat: EndedChat) -> str:
    """chat checked the summary when it took the wish; whatever came through must not stop the log."""
    return cut(one_line(wish.summary) or one_line(chat.title) or f"Chat with {chat.customer.name}", SUMMARY_MAX)


def priority_of(wish: NewTicketWish) -> Priority:
    return Priority.__members__.get(wish.priority.upper(), Priority.NORMAL)
