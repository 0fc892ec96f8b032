"""Claims and the projection in memory."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from services.chat.domain.errors import BadArgument
from services.chat.domain.events import Entry
from services.chat.domain.opening import Claim
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ChatStatus, ChatType
from services.chat.ports import FoundSessions, NextDue, SessionQuery


class FakeClaims:
    def __init__(self) -> None:
        self.held: dict[Claim, str] = {}

    async def holder(self, claim: Claim) -> str | None:
        await asyncio.sleep(0)
        return self.held.get(claim)

    async def claim(self, claim: Claim, session_id: str) -> str:
        await asyncio.sleep(0)
        return self.held.setdefault(claim, session_id)

    async def take_over(self, claim: Claim, holder: str, session_id: str) -> bool:
        await asyncio.sleep(0)
        if self.held.get(claim) != holder:
            return False
        self.held[claim] = session_id
        return True

    async def release(self, claim: Claim, session_id: str) -> None:
        if self.held.get(claim) == session_id:
            del self.held[claim]


class FakeSessions:
    """What `project` was given, newest revision of each."""

    def __init__(self) -> None:
        self.stored: dict[str, tuple[ChatSession, datetime | None]] = {}

    async def project(self, sessions: Sequence[tuple[ChatSession, datetime | None]]) -> None:
        for session, due in sessions:
            old = self.stored.get(session.id)
            if old is None or old[0].revision < session.revision:
                self.stored[session.id] = (session, due)

    async def one(self, desk_id: str, session_id: str) -> ChatSession | None:
        found = self.stored.get(session_id)
        return found[0] if found and desk_id in ("", found[0].desk_id) else None

    async def find(self, query: SessionQuery, size: int, token: str = "") -> FoundSessions:
        found = [session for session, _ in self.stored.values() if _fits(session, query)]
        found.sort(key=lambda session: (session.opened_at, session.id), reverse=True)
        if token and not (token.isascii() and token.isdigit()):
            raise BadArgument("The page token is not valid.", field="page_token")
        start = int(token or 0)
        page = found[start : start + size]
        return FoundSessions(page, str(start + size) if len(found) > start + size else "")

    async def count_older(self, query: SessionQuery, most: int) -> int:
        return min(most, sum(_fits(session, query) for session, _ in self.stored.values()))

    async def due(self, until: datetime, limit: int) -> list[tuple[str, str]]:
        due = sorted((due, session.desk_id, session.id) for session, due in self.stored.values() if due is not None and due <= until)
        return [(desk_id, session_id) for _, desk_id, session_id in due[:limit]]

    async def next_due(self) -> datetime | None:
        return min((due for _, due in self.stored.values() if due is not None), default=None)

    async def postpone(self, desk_id: str, session_id: str, revision: int, due: datetime | None) -> None:
        session, _ = self.stored.get(session_id, (None, None))
        if session is not None and (session.desk_id, session.revision) == (desk_id, revision):
            self.stored[session_id] = (session, due)

    async def waits_since(self, desk_id: str, since: datetime, limit: int) -> list[float]:
        handled = [
            (session.handled_at, (session.handled_at - session.opened_at).total_seconds())
            for session, _ in self.stored.values()
            if session.desk_id == desk_id and session.type is ChatType.REQUEST and session.handled_at and session.handled_at >= since
        ]
        return [wait for _, wait in sorted(handled, reverse=True)][:limit]


class FakeRelay:
    """Keeps the committed entries, in order, and projects them in the loop's next turns; `lags`: not yet."""

    def __init__(self, sessions: FakeSessions) -> None:
        self.committed_entries: list[tuple[Entry, ChatSession]] = []
        self.next_due: NextDue | None = None
        self.lags = False
        self._sessions = sessions
        self._tasks: set[asyncio.Task[None]] = set()

    def committed(self, entry: Entry, session: ChatSession) -> None:
        self.committed_entries.append((entry, session))
        if self.lags:
            return
        task = asyncio.get_running_loop().create_task(self._project(session))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def has_published(self, desk_id: str, session_id: str, up_to: int) -> bool:
        return not self.lags

    async def settled(self) -> None:
        """Everything that was committed is projected."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def _project(self, session: ChatSession) -> None:
        assert self.next_due is not None
        await self._sessions.project([(session, await self.next_due(session))])


def _fits(session: ChatSession, query: SessionQuery) -> bool:
    seen_by = query.seen_by
    private = session.type is ChatType.PUSH and session.status is ChatStatus.WAITING
    people = {session.creator.id, session.customer.id, *(person.id for person in session.participants)}
    checks = (
        not session.voided,
        query.desk_id in ("", session.desk_id),
        query.companies is None or session.company_id in query.companies,
        query.boards is None or session.board_id in query.boards,
        query.customer_id in ("", session.customer.id),
        not query.statuses or session.status in query.statuses,
        not query.person_id or query.person_id in people,
        query.ticket_id in ("", session.ticket_id),
        not seen_by or not private or seen_by in (session.creator.id, session.customer.id),
        not query.live or session.live,
        not query.live or not seen_by or session.status is not ChatStatus.COMPLETED or session.has(seen_by),
        not query.older or (session.older and session.to_follow_up),
    )
    return all(checks)
