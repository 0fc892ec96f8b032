"""Reads a session: starts from the cached or projected state and loads only the entries that follow it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from services.chat.domain.access import is_service, may_read
from services.chat.domain.errors import BadArgument, SessionNotFound
from services.chat.domain.events import Entry, MessagePosted, NoteWritten
from services.chat.domain.people import Viewer
from services.chat.domain.session import ChatSession, apply
from services.chat.handlers.session_queue import Key, SessionQueues
from services.chat.ports import SessionLog, Sessions, loaded

# Our ids have 24 characters; a longer one is not looked up, nor cached.
MAX_ID = 64
# A page is loaded in steps, each twice the size of the one before, until its messages fill an answer.
FIRST_STEP = 64
PAGE_BYTES = 512 * 1024


# Another replica may have written, so every read but `cached` loads from the log. Cached and projected states come from committed
# entries, in order: they may be behind the log but never contradict it.
class SessionReader:
    """Only `read_as` checks access. Raises Unavailable."""

    def __init__(self, log: SessionLog, lists: Sessions, queues: SessionQueues) -> None:
        self._log, self._lists, self._queues = log, lists, queues

    async def read_as(self, viewer: Viewer, session_id: str, after: int = 0, most: int | None = None) -> tuple[ChatSession, list[Entry]]:
        """The newest session and its entries above `after`, all or a page of at most `most`; raises SessionNotFound."""
        cached = await self._readable(viewer, session_id)
        session, entries = await self.read(viewer.desk_id, session_id, cached, after, most)
        if session is None or not may_read(viewer, session):
            raise SessionNotFound(session_id)
        return session, entries

    async def newest_as(self, viewer: Viewer, session_id: str) -> ChatSession:
        """The newest session; raises SessionNotFound."""
        earlier = await self._readable(viewer, session_id)
        session = await self.newest_from(viewer.desk_id, session_id, earlier)
        if session is None or not may_read(viewer, session):
            raise SessionNotFound(session_id)
        return session

    def entries(self, session: ChatSession, up_to: int | None = None) -> AsyncIterator[list[Entry]]:
        """The session's entries up to a revision, usually its own, in parts that bound the memory."""
        return loaded(self._log, session.desk_id, session.id, up_to=session.revision if up_to is None else up_to)

    async def _readable(self, viewer: Viewer, session_id: str) -> ChatSession:
        """Some state of the session, before its log is loaded: refusing a session costs as much time as not finding one, however long its
        log is (spec 10.2)."""
        session = await self.cached(viewer.desk_id, session_id)
        if session is None or not may_read(viewer, session):
            # The cached or projected state may be behind the log.
            session = await self.newest_from(viewer.desk_id, session_id, session)
        if session is None or not may_read(viewer, session):
            raise SessionNotFound(session_id)
        return session

    async def is_hidden(self, key: Key, visible: Callable[[ChatSession], bool]) -> bool:
        """Whether the session exists and `visible` denies its newest state. Costs as much as a session that does not exist, however long
        the log is (spec 10.2): loads only the entries that the projection lacks."""
        projected = await self._lists.one(*key)
        if projected is None or visible(projected):
            return False
        # The projection may be behind the log.
        newest = await self.newest_from(*key, projected)
        return newest is not None and not visible(newest)

    async def cached(self, desk_id: str, session_id: str) -> ChatSession | None:
        """The cached or the projected state, which may be behind the log; None when there is neither."""
        if not desk_id or len(session_id) > MAX_ID:
            # Without a desk the projection would search all desks, the log none.
            return None
        return self._queues.cached((desk_id, session_id)) or await self._lists.one(desk_id, session_id)

    def holds(self, desk_id: str, session_id: str) -> bool:
        """Whether this replica has the session in memory."""
        return self._queues.cached((desk_id, session_id)) is not None

    async def first(self, desk_id: str, session_id: str) -> Entry | None:
        """The session's first entry; None when it does not exist."""
        entries = await self._log.load(desk_id, session_id, 0, 1)
        return entries[0] if entries else None

    async def newest(self, desk_id: str, session_id: str) -> ChatSession | None:
        """As the store has it now."""
        return await self.newest_from(desk_id, session_id, await self.cached(desk_id, session_id))

    async def newest_from(self, desk_id: str, session_id: str, earlier: ChatSession | None) -> ChatSession | None:
        """As the store has it now, from an earlier state."""
        session, _ = await self.read(desk_id, session_id, earlier, earlier.revision if earlier else 0, most=0)
        return session

    async def read(
        self, desk_id: str, session_id: str, earlier: ChatSession | None, after: int, most: int | None = None
    ) -> tuple[ChatSession | None, list[Entry]]:
        """The newest session and its entries above `after`: all, or a page of at most `most`. Loads little more than these and the entries
        above `earlier`."""
        if len(session_id) > MAX_ID:
            return None, []
        held = earlier.revision if earlier else 0
        if most is not None and after + min(most, FIRST_STEP) < held:
            # The state is read second, so that it is at least as new as the entries.
            entries = await self._page(desk_id, session_id, after, most)
            return await self.newest_from(desk_id, session_id, earlier), entries
        session, entries = earlier, []
        async for part in loaded(self._log, desk_id, session_id, min(after, held)):
            for entry in part:
                if entry.revision > held:
                    session = apply(session, entry)
            above = [entry for entry in part if entry.revision > after]
            entries += above if most is None else above[: most - len(entries)]
        return session, entries

    async def _page(self, desk_id: str, session_id: str, after: int, most: int) -> list[Entry]:
        page, step, size = list[Entry](), FIRST_STEP, 0
        while len(page) < most and size < PAGE_BYTES:
            # Revisions have no gaps.
            found = await self._log.load(desk_id, session_id, after + len(page), min(step, most - len(page)))
            if not found:
                break
            page += found
            step *= 2
            texts = [event.text for entry in found for event in entry.events if isinstance(event, MessagePosted | NoteWritten)]
            size += sum(len(text.encode()) for text in texts)
        return page


def at_desk(viewer: Viewer, desk_id: str) -> Viewer:
    """A service that acts for every desk reads the one that it names."""
    no_longer_than_an_id(desk_id, "desk_id")
    return replace(viewer, desk_id=desk_id) if is_service(viewer) and not viewer.desk_id else viewer


def no_longer_than_an_id(id: str, field: str) -> None:
    if len(id) > MAX_ID:
        raise BadArgument(f"{field} has at most {MAX_ID} characters.", field=field)
