"""Reads sessions, lists and chat logs (spec 2.10, 4.2, 8.3)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from services.chat.domain import chat_log
from services.chat.domain.access import may_read
from services.chat.domain.errors import BadArgument, NotAllowed
from services.chat.domain.people import Person, Side, Viewer
from services.chat.domain.session import ChatSession
from services.chat.handlers.session_command import Answer
from services.chat.handlers.session_reader import MAX_ID, SessionReader
from services.chat.ports import FoundSessions, SessionQuery, Sessions

MAX_PER_PAGE = 500
USUAL_A_PAGE = 100
MAX_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class ChatLogFile:
    """A chat log to send: its text in pieces of at most PIECE_BYTES. Reading the pieces raises Unavailable."""

    file_name: str
    session: ChatSession
    pieces: AsyncIterator[str]


class Queries:
    """Raises ChatError or Unavailable."""

    def __init__(self, reader: SessionReader, lists: Sessions) -> None:
        self._reader, self._lists = reader, lists

    async def get(self, viewer: Viewer, session_id: str, after_revision: int, desk_id: str = "", most: int | None = None) -> Answer:
        """With the entries above `after_revision`, all or a page of at most `most`. `desk_id` counts only if the viewer has no desk."""
        session, entries = await self._reader.read_as(_at_desk(viewer, desk_id), session_id, after_revision, most)
        return Answer(session, entries)

    async def page(self, viewer: Viewer, wanted: SessionQuery, size: int, token: str) -> FoundSessions:
        """Newest first; `size` 0 = USUAL_A_PAGE. A page may hold fewer than `size`. `wanted.desk_id` counts only if the viewer has no
        desk. The first page of older sessions has their number, up to MAX_COUNTED."""
        if not 0 <= size <= MAX_PER_PAGE:
            raise BadArgument(f"At most {MAX_PER_PAGE} a page.", field="page_size")
        _no_longer_than_an_id(wanted.person_id, "person_id")
        _no_longer_than_an_id(wanted.ticket_id, "ticket_id")
        viewer = _at_desk(viewer, wanted.desk_id)
        query = _limited(viewer, wanted)
        page = await self._lists.find(query, size or USUAL_A_PAGE, token)
        total = await self._lists.count_older(query, MAX_COUNTED) if query.older and not token else 0
        return FoundSessions([session for session in page.sessions if may_read(viewer, session)], page.next_token, total)

    async def chat_log(self, viewer: Viewer, session_id: str, desk_id: str, ticket_number: int = 0) -> ChatLogFile:
        """For services and for engineers with access. A service names the desk, if it has none of its own, and the log's ticket."""
        if viewer.person.side is Side.CUSTOMER:
            raise NotAllowed("The log is for engineers.", code="wrong_side")
        session = await self._reader.newest_as(_at_desk(viewer, desk_id), session_id)
        number = ticket_number if viewer.person.side is Side.NONE else 0
        return ChatLogFile(chat_log.file_name(session), session, self._pieces(session, number))

    async def _pieces(self, session: ChatSession, ticket_number: int) -> AsyncIterator[str]:
        """Reads the session's entries twice, first for the people in the header. Holds one read of entries, one piece, and each person
        once, so what people write bounds the length of the text and not the memory."""
        people = dict[str, Person]()
        async for entries in self._reader.entries(session):
            people |= {person.id: person for person in chat_log.people_of(entries)}
        writer = chat_log.LogWriter(session, people.values(), ticket_number)
        async for entries in self._reader.entries(session):
            for piece in writer.add(entries):
                yield piece
        yield writer.rest()


def _at_desk(viewer: Viewer, desk_id: str) -> Viewer:
    """A service that acts for every desk reads the one that it names."""
    _no_longer_than_an_id(desk_id, "desk_id")
    return replace(viewer, desk_id=desk_id) if viewer.person.side is Side.NONE and not viewer.desk_id else viewer


def _no_longer_than_an_id(id: str, field: str) -> None:
    if len(id) > MAX_ID:
        raise BadArgument(f"{field} has at most {MAX_ID} characters.", field=field)


def _limited(viewer: Viewer, query: SessionQuery) -> SessionQuery:
    """The query, limited to what the viewer may see."""
    query = replace(query, desk_id=viewer.desk_id, seen_by=viewer.person.id)
    match viewer.person.side:
        case Side.CUSTOMER:
            return replace(query, customer_id=viewer.person.id)
        case Side.ENGINEER:
            return replace(query, companies=viewer.companies, boards=viewer.boards)
        case Side.NONE:
            return replace(query, seen_by="")
