"""The terms of sessions in memory; passes the same tests as the Mongo one (tests/adapters/chat/test_history.py)."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import partial

from servicekit.moments import to_ms
from services.chat.domain.history import REST, HistoryCursor, HistoryItem, HistoryPage, HistoryQuery
from services.chat.domain.session import ChatSession
from services.chat.query_ports import DueTerms
from tests.fakes.chat.lists import FakeSessions


class FakeHistory:
    """Reads every session for each search."""

    def __init__(self, sessions: FakeSessions) -> None:
        self._sessions = sessions
        self.terms: dict[str, frozenset[str]] = {}
        # Session -> the revision whose terms are saved and since when they were due, or when it is due.
        self._saved: dict[str, tuple[int, datetime]] = {}
        self._postponed: dict[str, datetime] = {}

    async def find(self, query: HistoryQuery, size: int, below: HistoryCursor | None) -> HistoryPage:
        found = [session for session, _ in self._sessions.stored.values() if self._finds(query, session)]
        found.sort(key=HistoryCursor.of, reverse=True)
        page = [session for session in found if below is None or HistoryCursor.of(session) < below]
        following = HistoryCursor.of(page[size - 1]) if len(page) > size else None
        return HistoryPage(page[:size], following, 0 if below else len(found))

    async def with_terms(
        self, desk_id: str, terms: Sequence[str], size: int, below: HistoryCursor | None
    ) -> tuple[list[ChatSession], HistoryCursor | None]:
        having = (session for session, _ in self._sessions.stored.values() if self.terms.get(session.id, frozenset()) >= set(terms))
        found = sorted((session for session in having if session.desk_id == desk_id), key=HistoryCursor.of, reverse=True)
        page = [session for session in found if below is None or HistoryCursor.of(session) < below]
        return page[:size], HistoryCursor.of(page[size - 1]) if len(page) > size else None

    async def save(self, terms: Sequence[tuple[ChatSession, Collection[str]]]) -> None:
        self.terms |= {session.id: frozenset(of_session) for session, of_session in terms}

    async def due(self, until: datetime, limit: int) -> list[DueTerms]:
        sessions = (session for session, _ in self._sessions.stored.values())
        unsaved = (each for each in sessions if self._saved.get(each.id) != (each.revision, self._due(each)))
        due = [DueTerms(each.desk_id, each.id, self._due(each), partial(self.read, each)) for each in unsaved if self._due(each) <= until]
        return sorted(due, key=lambda terms: terms.due, reverse=True)[:limit]

    async def saved(self, sessions: Sequence[tuple[ChatSession, datetime]]) -> list[ChatSession]:
        overtaken = list[ChatSession]()
        for session, due in sessions:
            now, _ = self._sessions.stored[session.id]
            if self._saved.get(now.id) == (now.revision, self._due(now)):
                overtaken.append(now)
            elif (session.revision, due) == (now.revision, self._due(now)):
                self._saved[now.id] = (now.revision, due)
        return overtaken

    async def postpone(self, desk_id: str, session_id: str, due: datetime) -> None:
        due_then = session_id in self._sessions.stored and self._due(self._sessions.stored[session_id][0]) == due
        self._postponed[session_id] = due + timedelta(milliseconds=1) if due_then else due

    def read(self, session: ChatSession) -> ChatSession:
        """Of a due session. A test replaces it for one that cannot be read."""
        return session

    def _due(self, session: ChatSession) -> datetime:
        return self._postponed.get(session.id, session.modified_at + REST)

    def _finds(self, query: HistoryQuery, session: ChatSession) -> bool:
        terms, opened = self.terms.get(session.id, frozenset()), to_ms(session.opened_at)
        checks = (
            query.lists(HistoryItem.of(session)),
            terms >= set(query.words),
            all(terms & set(source) for source in query.sources()),
            query.opened_from is None or opened >= to_ms(query.opened_from),
            query.opened_until is None or opened < to_ms(query.opened_until),
        )
        return all(checks)
