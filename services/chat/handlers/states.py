"""To read a session: from what this replica or the projection knows of it, only what came since is loaded."""

from services.chat.domain.entry import Entry
from services.chat.domain.events import MessagePosted
from services.chat.domain.session import ChatSession, apply
from services.chat.handlers.line import Lines
from services.chat.ports import SessionLog, Sessions

# Ours have 24 characters; nothing longer is looked for, or remembered.
LONGEST_ID = 64
# A page is loaded in steps, of which each is twice the one before, until its messages have as many bytes as an answer has room for.
FIRST_STEP = 64
PAGE_BYTES = 512 * 1024


# Another replica may have written, so every read but `known` asks the log. What is remembered or projected was made of committed entries,
# in order: it may be behind the log, but never says anything else.
class States:
    """Of sessions that nobody's access was checked for. Raises Unavailable."""

    def __init__(self, log: SessionLog, lists: Sessions, lines: Lines) -> None:
        self._log, self._lists, self._lines = log, lists, lines

    async def known(self, desk_id: str, session_id: str) -> ChatSession | None:
        """As this replica remembers it or the projection has it, which may be behind; None when neither knows it."""
        if not desk_id or len(session_id) > LONGEST_ID:
            # The projection would look at all desks, the log at none.
            return None
        return self._lines.peek((desk_id, session_id)) or await self._lists.one(desk_id, session_id)

    async def now(self, desk_id: str, session_id: str) -> ChatSession | None:
        """As the store has it now."""
        return await self.newest(desk_id, session_id, await self.known(desk_id, session_id))

    async def newest(self, desk_id: str, session_id: str, known: ChatSession | None) -> ChatSession | None:
        """The same from `known`, an earlier state of it."""
        session, _ = await self.read(desk_id, session_id, known, known.revision if known else 0)
        return session

    async def read(
        self, desk_id: str, session_id: str, known: ChatSession | None, after: int, most: int | None = None
    ) -> tuple[ChatSession | None, list[Entry]]:
        """The same, and the entries above `after`: all of them, or a page of the first `most` of them or fewer. Loads little more than
        these and what came since `known`."""
        if len(session_id) > LONGEST_ID:
            return None, []
        held = known.revision if known else 0
        if most is not None and after + min(most, FIRST_STEP) < held:
            # The state comes second: it is to be at least as new as the entries.
            entries = await self._page(desk_id, session_id, after, most)
            return await self.newest(desk_id, session_id, known), entries
        session, entries = known, await self._log.load(desk_id, session_id, min(after, held))
        for entry in entries:
            if entry.revision > held:
                session = apply(session, entry)
        return session, [entry for entry in entries if entry.revision > after][:most]

    async def _page(self, desk_id: str, session_id: str, after: int, most: int) -> list[Entry]:
        page, step, size = list[Entry](), FIRST_STEP, 0
        while len(page) < most and size < PAGE_BYTES:
            # Revisions have no gaps.
            found = await self._log.load(desk_id, session_id, after + len(page), min(step, most - len(page)))
            if not found:
                break
            page += found
            step *= 2
            size += sum(len(event.text.encode()) for entry in found for event in entry.events if isinstance(event, MessagePosted))
        return page
