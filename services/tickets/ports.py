"""What the handlers need from outside. Every method may raise Unavailable."""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Collection
from datetime import datetime
from typing import Any, Protocol

from servicekit.files import StoredFile
from services.tickets.domain.attaching import EndedChat, LogPiece
from services.tickets.domain.audit import AuditCursor, AuditEntry, AuditQuery
from services.tickets.domain.directory import ContentT, Entry, Person
from services.tickets.domain.erasure import Erasure
from services.tickets.domain.people_list import PeopleCursor, PeopleQuery, PeopleSlice
from services.tickets.domain.refresh import Refresh
from services.tickets.domain.sign_in import SignIn
from services.tickets.domain.ticket import Ticket
from services.tickets.domain.ticket_list import TicketPage, TicketQuery
from services.tickets.domain.timeline import Commit
from services.tickets.domain.uploads import Upload


class RevisionTaken(Exception):
    """Another commit took the revision, or the same command was committed: load and decide again."""


class ChatFileGone(Exception):
    """No message has the file: the person who sent it was erased (spec 10.6)."""


class TicketLog(Protocol):
    """The log of tickets. An empty desk_id matches any desk and is for service accounts only."""

    async def load(self, desk_id: str, ticket_id: str) -> Ticket:
        """The ticket after its last commit. Raises TicketNotFound."""

    async def append(self, commit: Commit) -> None:
        """Raises RevisionTaken; then nothing was written."""

    async def commit_of(self, desk_id: str, by_id: str | None, command_id: str) -> Commit | None:
        """`by_id`: None = anybody."""

    async def commits(self, desk_id: str, ticket_id: str, *, above: int, size: int, public: bool) -> list[Commit]:
        """Commits with an entry above that revision, oldest first; with `public` only those with an entry that is not internal."""

    async def commit_with(self, desk_id: str, ticket_id: str, attachment_id: str) -> Commit | None: ...

    async def mark_unpublished(self, commit: Commit) -> None:
        """The relay publishes the commit once more."""

    async def last(self, desk_id: str, ticket_id: str) -> Commit:
        """The ticket's last commit. Raises TicketNotFound."""

    async def replace(self, commit: Commit) -> bool:
        """Stores this commit without a person who was erased, as the next one after `replaced`. False, and nothing changes, when another
        replica has replaced it meanwhile."""


class TicketList(Protocol):
    """Tickets as lists show them: a projection, computed from the log."""

    async def project(self, ticket: Ticket) -> None:
        """Inserts or replaces the ticket in the list, unless that has a later revision of it."""

    async def find(self, query: TicketQuery) -> TicketPage: ...

    async def ids(self, desk_id: str, after: str, size: int) -> tuple[list[str], str]:
        """Reads `size` tickets of all desks in the order of ids, after that id. Returns those of the desk, and the last id that it read, ""
        at the end."""

    async def replace(self, ticket: Ticket) -> None:
        """Like `project`, but also replaces the ticket at the same revision."""


class Numbers(Protocol):
    async def next(self, series: str) -> int:
        """Counts from 1. Never returns a number twice within a series, but may skip numbers."""


class Files(Protocol):
    """Contents of attachments, and the uploads that no note names yet. A file that no note names is removed later."""

    async def put(self, file: StoredFile, content: AsyncIterable[bytes], at: datetime) -> None:
        """Stores the file while it arrives, and holds less than 1 MB of it in memory. The id must be new. Raises what `content` raises;
        the sweep removes what was stored until then."""

    def pieces(self, file_id: str, size: int) -> AsyncIterator[bytes]:
        """The content in pieces of at most `size` bytes; raises AttachmentNotFound."""

    async def unnamed(self, before: datetime, limit: int) -> list[StoredFile]:
        """Files that were stored before that moment and are not marked as named by the log."""

    async def mark_named(self, file_id: str) -> None:
        """Records that a note names the file, and forgets its upload."""

    async def mark_unnamed(self, file_id: str) -> None:
        """Has the sweep ask the log about this file once more."""

    async def remove(self, file_id: str) -> None:
        """Removes the file and its upload."""

    async def add_upload(self, upload: Upload) -> Upload:
        """Adds the upload of a whole file. Returns the earlier one if another try of the same command was first."""

    async def upload(self, file_id: str) -> Upload | None: ...

    async def upload_of(self, key: str) -> Upload | None:
        """The upload with that `Upload.key`."""


class Directory(Protocol):
    """Desks, companies, boards and people, each saved with the events to publish."""

    async def entry(self, kind: type[ContentT], id: str) -> Entry | None: ...

    async def get(self, kind: type[ContentT], id: str) -> ContentT | None:
        """The content of that entry."""

    async def desks_of(self, keys: Collection[str]) -> dict[str, str]:
        """Key -> desk_id of those entries that exist. Reads hundreds of entries at once, and nothing else of them."""

    async def save(self, entry: Entry, audited: AuditEntry | None) -> None:
        """Revision 1 adds the entry, any other replaces the previous one. The same write has `audited` for the audit log, None for the
        same content. Raises RevisionTaken."""

    async def entries(self, keys: Collection[str]) -> list[Entry]:
        """Those of these entries that exist, in any order."""

    async def page(self, after: str, size: int, *, customers: bool = True) -> list[Entry]:
        """Entries of all desks after that key, in the order of keys. Without customers it reads none of them."""

    async def of_desk(self, desk_id: str, kind: type[ContentT]) -> list[tuple[ContentT, int]]:
        """In the order of names, each with its entry's revision."""

    async def people(self, query: PeopleQuery, after: PeopleCursor, size: int) -> PeopleSlice:
        """The people at the next `size` positions. It reads no others, whatever the size of the desk. A position whose person is gone is
        left out; the person may have changed since, so check with `query.lists`."""

    async def trial_people(self) -> list[Person]:
        """People of all desks who may sign in at the trial page, in the order in which they were added."""


class AuditLog(Protocol):
    """Entries are added, and change only when a person is erased (spec 10.5)."""

    async def add(self, entry: AuditEntry) -> bool:
        """False, and nothing changes, if there is an entry with this id."""

    async def find(self, query: AuditQuery, below: AuditCursor | None, size: int) -> list[AuditEntry]:
        """The newest entries of the query, newest first, at most `size`, only those after `below` in that order."""

    async def remove(self, before: datetime) -> int:
        """Removes entries from before that moment. Returns how many."""

    async def forget_addresses(self, desk_id: str, person_id: str) -> int:
        """Removes the network addresses from the entries of what this person did. Returns how many it changed."""


class SignIns(Protocol):
    """The start and the end of a sign-in are saved with their entries for the audit log."""

    async def add(self, sign_in: SignIn) -> None: ...

    async def with_hash(self, secret_hash: str) -> SignIn | None: ...

    async def of_person(self, person_id: str, until: datetime) -> list[SignIn]:
        """Sign-ins that began up to that moment and were not ended."""

    async def end(self, sign_in: SignIn, at: datetime, by: str) -> None:
        """Ends it once, with the event to publish and who ended it."""

    async def take_due(self, now: datetime, limit: int) -> list[SignIn]:
        """Takes at most `limit` sign-ins whose next refresh is due, the longest due first (domain/refresh.py). Nobody else gets them until
        their `refresh.next_at`."""

    async def taken(self, id: str, until: datetime) -> SignIn | None:
        """The sign-in that was taken until that moment and was not ended."""

    async def put_refresh(self, taken: SignIn, refresh: Refresh | None) -> bool:
        """Replaces its refresh. False, and nothing changes, if it has ended or was taken since."""

    async def remove_of_person(self, person_id: str) -> int:
        """Removes those whose end is published. Returns how many."""

    async def remove_expired(self, before: datetime) -> int:
        """Removes sign-ins that expired before that moment, whether ended earlier or not. Returns how many."""


class Erasures(Protocol):
    """One for each person who is or was erased."""

    async def add(self, erasure: Erasure) -> Erasure:
        """Returns the stored one: this, or the person's earlier one."""

    async def get(self, person_id: str) -> Erasure | None: ...

    async def save(self, erasure: Erasure) -> bool:
        """Replaces the version before it; False, and nothing changes, when another report was faster."""

    async def waiting(self, service: str, size: int) -> list[Erasure]:
        """Those whose turn it is at the service, the oldest first."""

    async def chat_finished_since(self, desk_id: str, at: datetime) -> bool:
        """Whether chat has finished its part of an erasure in the desk at this time or later."""


# A JSON object.
Record = dict[str, Any]


class PersonData(Protocol):
    """What the other services store of a person, in parts that bound the memory. Raises Unavailable."""

    def sessions(self, desk_id: str, person_id: str, *, customer: bool) -> AsyncIterator[Record]:
        """The chats of a customer, or those of the desk that have entries of an engineer; newest first, each with the person's entries."""

    def canned_replies(self, desk_id: str, person_id: str) -> AsyncIterator[Record]:
        """An engineer's own, also of one who is disabled."""

    def presence(self, desk_id: str, person_id: str) -> AsyncIterator[Record]:
        """Their presence now, and their open pages."""

    def notifications(self, desk_id: str, person_id: str) -> AsyncIterator[Record]:
        """Their preferences, browsers with Web Push, what they were before, and deliveries."""


class ChatClient(Protocol):
    """The service that owns chat sessions."""

    async def ended(self, desk_id: str, session_id: str) -> EndedChat:
        """For a record that does not hold the wish."""

    def log(self, desk_id: str, session_id: str, ticket_number: int) -> AsyncGenerator[LogPiece]:
        """The session's log. Its header names that ticket."""

    def file(self, desk_id: str, session_id: str, file_id: str) -> AsyncGenerator[bytes]:
        """The content of a file of a message, in pieces of at most 256 KiB. Raises ChatFileGone."""
