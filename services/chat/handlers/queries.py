"""Reads sessions and lists (spec 2.10, 8.3)."""

from dataclasses import replace

from services.chat.domain.access import limits_of, may_read
from services.chat.domain.errors import BadArgument
from services.chat.domain.people import Viewer
from services.chat.handlers.session_command import Answer
from services.chat.handlers.session_reader import SessionReader, at_desk, no_longer_than_an_id
from services.chat.ports import FoundSessions, SessionQuery, Sessions

MAX_PER_PAGE = 500
USUAL_A_PAGE = 100
MAX_COUNTED = 1000


class Queries:
    """Raises ChatError or Unavailable."""

    def __init__(self, reader: SessionReader, lists: Sessions) -> None:
        self._reader, self._lists = reader, lists

    async def get(self, viewer: Viewer, session_id: str, after_revision: int, desk_id: str = "", most: int | None = None) -> Answer:
        """With the entries above `after_revision`, all or a page of at most `most`. `desk_id` counts only if the viewer has no desk."""
        session, entries = await self._reader.read_as(at_desk(viewer, desk_id), session_id, after_revision, most)
        return Answer(session, entries)

    async def page(self, viewer: Viewer, wanted: SessionQuery, size: int, token: str) -> FoundSessions:
        """Newest first; `size` 0 = USUAL_A_PAGE. A page may hold fewer than `size`. `wanted.desk_id` counts only if the viewer has no
        desk. The first page of older sessions has their number, up to MAX_COUNTED."""
        if not 0 <= size <= MAX_PER_PAGE:
            raise BadArgument(f"At most {MAX_PER_PAGE} a page.", field="page_size")
        no_longer_than_an_id(wanted.person_id, "person_id")
        no_longer_than_an_id(wanted.ticket_id, "ticket_id")
        viewer = at_desk(viewer, wanted.desk_id)
        query = _limited(viewer, wanted)
        page = await self._lists.find(query, size or USUAL_A_PAGE, token)
        total = await self._lists.count_older(query, MAX_COUNTED) if query.older and not token else 0
        return FoundSessions([session for session in page.sessions if may_read(viewer, session)], page.next_token, total)


def _limited(viewer: Viewer, query: SessionQuery) -> SessionQuery:
    """The query, limited to what the viewer may see."""
    limits = limits_of(viewer)
    customer_id = limits.customer_id or query.customer_id
    limited = replace(query, desk_id=viewer.desk_id, seen_by=limits.seen_by, customer_id=customer_id)
    return replace(limited, companies=limits.companies, boards=limits.boards)
