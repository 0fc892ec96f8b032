"""The ports of chat's handlers. Every method may raise servicekit's Unavailable unless its docstring excludes that."""

from asyncio import Future
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.chat.domain.access import ReadPosition
from services.chat.domain.canned_replies import CannedReply
from services.chat.domain.desk_settings import ChatSettings
from services.chat.domain.events import Entry
from services.chat.domain.opening import Claim, TicketFacts
from services.chat.domain.people import CustomerFacts, Person, PresenceFact
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ChatStatus
from services.chat.file_ports import Files
from services.chat.query_ports import FigureSource, History, Holidays

A_PAGE = 200
ENTRIES_AT_ONCE = 250


class RevisionTaken(Exception):
    """Another entry has this revision. Nothing was written: load and decide again."""


class CommandTaken(Exception):
    """This caller's command id is in the session's log at another revision: load and answer with its first result."""


class SessionLog(Protocol):
    """The append-only log of each session."""

    async def load(self, desk_id: str, session_id: str, after: int = 0, most: int | None = None) -> list[Entry]:
        """The first `most` entries above revision `after`, or all, in order, from the primary. Empty if the desk has no such session."""

    def append(self, entry: Entry) -> Future[None]:
        """Commits the entry together with other waiting entries (group commit). Call it for one entry of a session at a time.
        Returns a future, not a coroutine, because a callback is cheaper than a task. Done means majority-written and journaled. Fails with
        RevisionTaken, CommandTaken, or Unavailable if the result is unknown: the same command may then be sent again with the same id.
        After a lost connection the entry is read back first, so the append may still succeed."""

    async def entry_of(self, desk_id: str, session_id: str, by_id: str, command_id: str) -> Entry | None:
        """The entry of that command; None if the session has none."""

    async def replace(self, entries: Sequence[Entry]) -> None:
        """Stores these accepted entries without a person who was erased (chain.py). A repeat changes nothing."""


async def loaded(log: SessionLog, desk_id: str, session_id: str, after: int = 0, up_to: int | None = None) -> AsyncIterator[list[Entry]]:
    """The entries above revision `after`, up to `up_to` or all, in parts of at most ENTRIES_AT_ONCE. An entry has at most one message, of
    4,000 characters, and few other events, so a part has at most about 4 MiB of text, however long the log is."""
    while up_to is None or after < up_to:
        most = ENTRIES_AT_ONCE if up_to is None else min(ENTRIES_AT_ONCE, up_to - after)
        part = await log.load(desk_id, session_id, after, most)
        yield part
        if len(part) < most:
            return
        after += most


# Computes the next deadline that the projection keeps of a session.
NextDue = Callable[[ChatSession], Awaitable[datetime | None]]


class LogRelay(Protocol):
    """Publishes accepted entries to Kafka, and saves their sessions in the projection (`Sessions`) that serves lists."""

    def committed(self, entry: Entry, session: ChatSession) -> None:
        """Call it after each append. Publishes the entry and saves `session`, the state after it, in the projection: soon and in order.
        Never blocks or raises."""

    async def has_published(self, desk_id: str, session_id: str, up_to: int) -> bool:
        """Whether Kafka has the session's entries up to that revision."""


class Claims(Protocol):
    async def holder(self, claim: Claim) -> str | None:
        """The id of the session that holds the claim, active or not; None when the claim is free."""

    async def claim(self, claim: Claim, session_id: str) -> str:
        """Takes the claim for `session_id` if it is free. Returns the id of the session that holds it now."""

    async def take_over(self, claim: Claim, holder: str, session_id: str) -> bool:
        """Moves the claim from `holder` to `session_id`; False when another session has it by now."""

    async def release(self, claim: Claim, session_id: str) -> None:
        """Frees the claim if this session holds it; a repeat does nothing."""


@dataclass(frozen=True, slots=True)
class SessionQuery:
    """All given conditions must hold. `companies`, `boards`: None = all. `seen_by`: leaves out waiting push chats of which this person is
    neither creator nor customer (spec 2.9). `live`: not completed, or `seen_by` is still in it (without `seen_by`: anybody), and not older.
    `older`: became older and is not closed."""

    desk_id: str
    seen_by: str = ""
    companies: frozenset[str] | None = None
    boards: frozenset[str] | None = None
    customer_id: str = ""
    statuses: frozenset[ChatStatus] = frozenset()
    person_id: str = ""
    ticket_id: str = ""
    live: bool = False
    older: bool = False


@dataclass(frozen=True, slots=True)
class FoundSessions:
    sessions: list[ChatSession]
    next_token: str
    total: int = 0


class Sessions(Protocol):
    """The projection: each session's state in one document, which serves lists. It is computed from the log and may lag behind it."""

    async def project(self, sessions: Sequence[tuple[ChatSession, datetime | None]]) -> None:
        """Saves each session in the projection with its next deadline, unless that has this or a later revision of it."""

    async def one(self, desk_id: str, session_id: str) -> ChatSession | None:
        """The session at some revision; None when it is not projected yet. An empty `desk_id` means every desk (services only)."""

    async def find(self, query: SessionQuery, size: int, token: str = "") -> FoundSessions:
        """Newest opened first. Raises BadArgument (page_token). An empty `desk_id` in the query means every desk (services only)."""

    async def count_older(self, query: SessionQuery, most: int) -> int:
        """The number of sessions of a query for `older` ones, counted up to `most`."""

    async def due(self, until: datetime, limit: int) -> list[tuple[str, str]]:
        """(desk_id, session_id) of sessions with a deadline at or before `until`, the longest overdue first."""

    async def next_due(self) -> datetime | None:
        """When the earliest deadline of all sessions is due."""

    async def postpone(self, desk_id: str, session_id: str, revision: int, due: datetime | None) -> None:
        """Moves the session's next deadline, unless its projection has another revision than `revision` by now."""

    async def waits_since(self, desk_id: str, since: datetime, limit: int) -> list[float]:
        """Seconds that the latest handled chat requests waited, newest first (spec 2.11)."""


async def all_sessions(sessions: Sessions, query: SessionQuery) -> AsyncIterator[ChatSession]:
    """All sessions of the query, loaded page by page."""
    token = ""
    while True:
        page = await sessions.find(query, A_PAGE, token)
        for session in page.sessions:
            yield session
        if not (token := page.next_token):
            return


@dataclass(frozen=True, slots=True)
class WrittenLog:
    """A chat log that was written: its SHA-256, the number of its entries, and the hash of the last one."""

    desk_id: str
    session_id: str
    sha256: str
    revision: int
    hash: str


class WrittenLogs(Protocol):
    """The SHA-256 of each chat log that was written."""

    async def add(self, log: WrittenLog) -> None:
        """A repeat changes nothing."""

    async def find(self, desk_id: str, session_id: str, sha256: str) -> WrittenLog | None: ...


class ReadStore(Protocol):
    """How far people have read."""

    async def move(self, desk_id: str, position: ReadPosition) -> bool:
        """Saves each number of the position unless a higher one of that person and session exists; returns whether anything changed."""

    async def of_session(self, desk_id: str, session_id: str) -> list[ReadPosition]: ...

    async def of_person(self, desk_id: str, person_id: str, session_ids: Sequence[str]) -> list[ReadPosition]:
        """The person's positions in these sessions."""

    async def forget(self, session_id: str, person_id: str) -> None:
        """Deletes the person's position in the session."""


class ReadTopic(Protocol):
    """Publishes moved positions."""

    def moved(self, position: ReadPosition, session: ChatSession, reader: Person) -> None:
        """Publishes soon; never blocks or raises. The position may be lost."""


class Directory(Protocol):
    """The local copy of the directory; raises Unavailable until it is loaded."""

    async def customers(self, desk_id: str, person_ids: Collection[str]) -> dict[str, CustomerFacts]:
        """Those of these people who are customers of the desk. Raises Unavailable also when the directory does not answer for some who
        are not held here."""

    def default_board(self, desk_id: str, company_id: str) -> str:
        """The board of the company's chats without a ticket; empty for an unknown company."""

    def company_name(self, desk_id: str, company_id: str) -> str: ...
    def max_file_mb(self, desk_id: str) -> int:
        """The desk's limit of a file, 0 = none (spec 9.3)."""

    def company_archived(self, desk_id: str, company_id: str) -> bool: ...
    def board_archived(self, desk_id: str, board_id: str) -> bool: ...
    def engineer(self, desk_id: str, person_id: str) -> Person | None: ...
    async def find_engineer(self, desk_id: str, person_id: str) -> Person | None:
        """The same for an engineer whose record may be on its way here: asks the directory for one that the copy does not have."""

    def may_see(self, desk_id: str, engineer_id: str, company_id: str, board_id: str) -> bool: ...
    async def find_board(self, desk_id: str, board_id: str) -> str:
        """The board's name; empty for none. Waits two seconds for the record of one that the copy does not have, because it may be new."""

    def engineers_of(self, desk_id: str, company_id: str, board_id: str) -> list[Person]:
        """The engineers who may see the company and the board, by name."""


class Tickets(Protocol):
    async def ticket(self, desk_id: str, ticket_id: str) -> TicketFacts | None:
        """None when this desk has no such ticket."""


class PresenceOf(Protocol):
    async def presence_of(self, desk_id: str, person_ids: Sequence[str]) -> dict[str, PresenceFact]:
        """One fact for each of the people, computed now (spec 1.14)."""


class SettingsStore(Protocol):
    async def of(self, desk_id: str) -> ChatSettings:
        """The desk's settings with defaults filled in. A change at another replica shows within 2 s."""

    def held(self, desk_id: str) -> ChatSettings | None:
        """The settings that were read last; None without any. `of` returns the same object unless they have changed since."""

    async def version_of(self, desk_id: str) -> int: ...

    async def update(self, desk_id: str, settings: ChatSettings, version: int, by: Person, at: datetime) -> int:
        """Saves and audits in one write and returns the new version, also for a repeat; raises VersionConflict."""


class CannedReplyStore(Protocol):
    """Canned replies by desk and owner: an engineer's id, or "" for the desk's own."""

    async def of(self, desk_id: str, owner_id: str) -> tuple[tuple[CannedReply, ...], int]:
        """The replies in the order in which they were added, and their version, 0 = never changed."""

    async def save(self, desk_id: str, owner_id: str, replies: Sequence[CannedReply], version: int, by: Person, at: datetime) -> bool:
        """Saves and audits in one write; False, and nothing changed, if `version` is not the present one."""

    async def remove(self, desk_id: str, owner_id: str) -> None:
        """Removes the owner's replies and their audit. A repeat changes nothing."""


@dataclass(frozen=True, slots=True)
class Ports:
    log: SessionLog
    relay: LogRelay
    claims: Claims
    sessions: Sessions
    directory: Directory
    tickets: Tickets
    presence: PresenceOf
    settings: SettingsStore
    holidays: Holidays
    reads: ReadStore
    read_topic: ReadTopic
    written_logs: WrittenLogs
    history: History
    figures: FigureSource
    canned_replies: CannedReplyStore
    files: Files
