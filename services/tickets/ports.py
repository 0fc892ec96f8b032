"""What the use cases need from the outside, in their own words. Every one may raise Unavailable."""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.tickets.domain.chat_log import EndedChat, LogPiece
from services.tickets.domain.directory import Entry, Kind
from services.tickets.domain.sign_in import SignIn
from services.tickets.domain.ticket import Ticket
from services.tickets.domain.ticket_list import TicketPage, TicketQuery
from services.tickets.domain.timeline import Commit


class RevisionTaken(Exception):
    """Somebody else was first, or this very command was: load and decide again."""


class TicketLog(Protocol):
    """The tickets themselves. An empty desk_id means any desk and is for service accounts only."""

    async def load(self, desk_id: str, ticket_id: str) -> Ticket:
        """As the last commit left it; raises TicketNotFound."""
        ...

    async def append(self, commit: Commit) -> None:
        """Raises RevisionTaken, and nothing was written."""
        ...

    async def commit_of(self, desk_id: str, by_id: str, command_id: str) -> Commit | None: ...

    async def commits(self, desk_id: str, ticket_id: str, *, above: int, size: int, public: bool) -> list[Commit]:
        """Oldest first, those with a line above that revision; with `public` only those with a line that customers may see."""
        ...

    async def commit_with(self, desk_id: str, ticket_id: str, attachment_id: str) -> Commit | None: ...


class TicketList(Protocol):
    """Tickets as lists show them: a projection of the log."""

    async def show(self, ticket: Ticket) -> None:
        """Without effect when a later revision is shown already."""
        ...

    async def find(self, query: TicketQuery) -> TicketPage: ...


class Relay(Protocol):
    """Says what was committed. What a crash leaves unsaid is said by the next sweep."""

    def wake(self, ticket_id: str) -> None: ...

    async def publish(self, ticket_id: str) -> None:
        """Returns when all that was unsaid of the ticket is acknowledged."""
        ...

    async def republish(self, commit: Commit) -> None:
        """Says a commit once more."""
        ...


class Numbers(Protocol):
    async def next(self, series: str) -> int:
        """From 1; never the same twice within a series, but some may be left out."""
        ...


@dataclass(frozen=True, slots=True)
class StoredFile:
    id: str
    desk_id: str
    ticket_id: str


class Files(Protocol):
    """Bytes of attachments. A file counts only once a note names it."""

    async def put(self, file: StoredFile, content: AsyncIterable[bytes], at: datetime) -> None:
        """The id must be fresh. Raises what `content` raises; what was stored until then counts for nothing."""
        ...

    def pieces(self, file_id: str, size: int) -> AsyncIterator[bytes]:
        """The content in pieces of at most `size` bytes; raises AttachmentNotFound."""
        ...

    async def unsettled(self, before: datetime, limit: int) -> list[StoredFile]:
        """Files stored before that moment of which nobody has said that a note names them."""
        ...

    async def settle(self, file_id: str) -> None:
        """A note names it."""
        ...

    async def remove(self, file_id: str) -> None: ...


class Directory(Protocol):
    """Desks, companies, boards and people, each with the facts that others must hear of it."""

    async def get(self, kind: Kind, id: str) -> Entry | None: ...

    async def save(self, entry: Entry) -> None:
        """Revision 1 adds, any other replaces the one before; raises RevisionTaken."""
        ...

    async def page(self, after: str, size: int) -> list[Entry]:
        """Entries of all desks by key, those after that key."""
        ...

    async def of_desk(self, desk_id: str, kind: Kind) -> list[Entry]:
        """By name."""
        ...

    async def trial_people(self) -> list[Entry]:
        """Those of all desks who may sign in at the trial page, in the order in which they were made."""
        ...


class SignIns(Protocol):
    async def add(self, sign_in: SignIn) -> None: ...

    async def with_hash(self, secret_hash: str) -> SignIn | None: ...

    async def of_person(self, person_id: str, until: datetime) -> list[SignIn]:
        """Those made up to that moment that nobody ended."""
        ...

    async def end(self, sign_in: SignIn, at: datetime, by: str) -> None:
        """Once, with the fact that others must hear, and who wanted it."""
        ...

    async def remove_expired(self, before: datetime) -> int:
        """Those that would have ended by themselves before that, ended sooner or not; how many there were."""
        ...


class ChatClient(Protocol):
    """The service that owns chat sessions."""

    async def ended(self, desk_id: str, session_id: str) -> EndedChat:
        """For a record that does not hold the wish."""
        ...

    def log(self, desk_id: str, session_id: str, ticket_number: int) -> AsyncGenerator[LogPiece]:
        """The session's log. Its header names that ticket."""
        ...
