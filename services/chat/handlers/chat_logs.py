"""Writes the logs of sessions as text (spec 4.2), and says whether a file is one of them (spec 8.4).

A log names its session, the number of its entries and the hash of the last one. When it is written, its own SHA-256 is stored with them.
So a file can be proved although a later version writes logs differently, and nothing but its SHA-256 needs to be sent here. The salt in
the log (chat_log.py) makes that SHA-256 useless for finding what was erased.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from services.chat.domain import chat_log
from services.chat.domain.access import is_service, must_not_be_customer
from services.chat.domain.chain import FIRST, follow
from services.chat.domain.errors import BadArgument
from services.chat.domain.events import Entry
from services.chat.domain.files import File
from services.chat.domain.people import Person, Viewer
from services.chat.domain.session import ChatSession
from services.chat.handlers.session_reader import SessionReader, at_desk
from services.chat.ports import WrittenLog, WrittenLogs

SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ChatLogFile:
    """A chat log to send: its text in pieces of at most PIECE_BYTES. Reading the pieces raises Unavailable."""

    file_name: str
    session: ChatSession
    pieces: AsyncIterator["LogPiece"]


@dataclass(frozen=True, slots=True)
class LogPiece:
    """A part of a log's text. The last one has the files of the messages, and beside each the id of its sender."""

    text: str
    files: tuple[File, ...] = ()
    file_sender_ids: tuple[str, ...] = ()


class Verdict(StrEnum):
    """GENUINE: Parley wrote the file, and the stored entries still have the hash that it names. DIFFERENT: Parley wrote no such file of
    this session. BROKEN: Parley wrote it, but the stored entries were changed since."""

    GENUINE = "genuine"
    DIFFERENT = "different"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class LogProof:
    """`written` is None for a different file. `revision`: the number of the session's entries now."""

    verdict: Verdict
    written: WrittenLog | None
    revision: int


class ChatLogs:
    """Raises ChatError or Unavailable."""

    def __init__(self, reader: SessionReader, written: WrittenLogs) -> None:
        self._reader, self._written = reader, written

    async def write(self, viewer: Viewer, session_id: str, desk_id: str, ticket_number: int = 0) -> ChatLogFile:
        """For services and for engineers with access. A service names the desk, if it has none of its own, and the log's ticket."""
        session = await self._session(viewer, session_id, desk_id)
        number = ticket_number if is_service(viewer) else 0
        return ChatLogFile(chat_log.file_name(session), session, self._pieces(session, number))

    async def prove(self, viewer: Viewer, session_id: str, digest: str, desk_id: str = "") -> LogProof:
        """Whether the file with this SHA-256 is a log of the session. Costs a read of the entries that the file has. For services and for
        engineers with access."""
        if not SHA256.fullmatch(digest):
            raise BadArgument("sha256 has 64 hex digits in lower case.", field="sha256")
        session = await self._session(viewer, session_id, desk_id)
        written = await self._written.find(session.desk_id, session.id, digest)
        if written is None:
            return LogProof(Verdict.DIFFERENT, None, session.revision)
        sound = await still_holds(written, self._reader.entries(session, written.revision))
        return LogProof(Verdict.GENUINE if sound else Verdict.BROKEN, written, session.revision)

    async def _session(self, viewer: Viewer, session_id: str, desk_id: str) -> ChatSession:
        must_not_be_customer(viewer, "The log is for engineers.")
        return await self._reader.newest_as(at_desk(viewer, desk_id), session_id)

    async def _pieces(self, session: ChatSession, ticket_number: int) -> AsyncIterator[LogPiece]:
        """Reads the session's entries twice, first for the people in the header. Holds one read of entries, one piece, and each person
        once, so what people write bounds the length of the text and not the memory. The last piece comes when the log's SHA-256 is
        stored, so nobody has a file that cannot be proved."""
        people, end, files = dict[str, Person](), chat_log.LogEnd(), list[tuple[File, str]]()
        async for entries in self._reader.entries(session):
            people |= {person.id: person for person in chat_log.people_of(entries)}
            end.add(entries)
            files += chat_log.files_of(entries)
        writer, digest = chat_log.LogWriter(session, people.values(), end, ticket_number), sha256()
        async for entries in self._reader.entries(session):
            for piece in writer.add(entries):
                digest.update(piece.encode())
                yield LogPiece(piece)
        rest = writer.rest()
        digest.update(rest.encode())
        await self._written.add(WrittenLog(session.desk_id, session.id, digest.hexdigest(), end.last.revision, end.last.hash))
        yield LogPiece(rest, tuple(file for file, _ in files), tuple(sender_id for _, sender_id in files))


async def still_holds(written: WrittenLog, entries: AsyncIterator[list[Entry]]) -> bool:
    """Whether the session's entries up to the log's revision are an unbroken chain that ends with the log's hash."""
    last, revision = FIRST, 0
    async for part in entries:
        last, revision = follow(part, last, revision)
    return (last, revision) == (written.hash, written.revision)
