"""How far people have read a session, and how far their pages have received it. Kept outside its log, because nothing in the session
depends on it (spec 7.5, 7.6)."""

from collections.abc import Iterable

from services.chat.domain.access import ReadPosition, is_service, may_see_position, person_of
from services.chat.domain.errors import BadArgument
from services.chat.domain.people import Viewer
from services.chat.domain.session import ChatSession
from services.chat.handlers.session_reader import SessionReader
from services.chat.ports import ReadStore, ReadTopic

# Above every revision: only the session's state is read.
NO_ENTRIES = 2**32 - 1


class ReadPositions:
    """Raises ChatError or Unavailable."""

    def __init__(self, reader: SessionReader, store: ReadStore, topic: ReadTopic) -> None:
        self._reader, self._store, self._topic = reader, store, topic

    async def mark(self, viewer: Viewer, session_id: str, revision: int, delivered: int = 0) -> None:
        """The viewer has read the session up to `revision`, and a page of theirs has received it up to `delivered`; one of them may be 0.
        A repeat or a lower revision changes nothing."""
        session, _ = await self._reader.read_as(person_of(viewer), session_id, NO_ENTRIES)
        if not 0 < max(revision, delivered) <= session.revision:
            field = "delivered" if revision <= session.revision and delivered else "revision"
            raise BadArgument(f"The session has the revisions 1 to {session.revision}.", field=field)
        position = ReadPosition(session.id, viewer.person.id, revision, delivered)
        if await self._store.move(session.desk_id, position):
            self._topic.moved(position, session, viewer.person)

    async def of_session(self, viewer: Viewer, session: ChatSession) -> list[ReadPosition]:
        """The positions that the viewer, who may see the session, may learn; none for a service."""
        if is_service(viewer):
            return []
        found = await self._store.of_session(session.desk_id, session.id)
        return [position for position in found if may_see_position(viewer, session, position.person_id)]

    async def own(self, viewer: Viewer, sessions: Iterable[ChatSession]) -> list[ReadPosition]:
        """The viewer's positions in those sessions that they are in."""
        ids = [session.id for session in sessions if session.has(viewer.person.id)]
        return await self._store.of_person(viewer.desk_id, viewer.person.id, ids) if ids else []
