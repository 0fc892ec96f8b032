"""What the figures count, from the projection in memory; passes the same tests as the Mongo one (tests/adapters/chat/test_figures.py)."""

from datetime import datetime

from services.chat.domain.figures import CountedChat
from services.chat.domain.report import report_of
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ChatStatus, ChatType
from tests.fakes.chat.lists import FakeSessions


class FakeFigures:
    """`reads`: how often the chats of a day were read."""

    def __init__(self, sessions: FakeSessions) -> None:
        self.reads = 0
        self._sessions = sessions

    async def chats(self, desk_id: str, start: datetime, end: datetime) -> list[CountedChat]:
        self.reads += 1
        return [_counted(session) for session, _ in self._sessions.stored.values() if _counts(session, desk_id, start, end)]


def _counts(session: ChatSession, desk_id: str, start: datetime, end: datetime) -> bool:
    return session.desk_id == desk_id and session.type is ChatType.REQUEST and not session.voided and start <= session.opened_at < end


def _counted(session: ChatSession) -> CountedChat:
    passed = session.statuses[0][0] is ChatStatus.WAITING and len(session.statuses) > 1
    outcome, since = session.statuses[1 if passed else 0]
    duration = report_of(session).duration_seconds
    solved = session.feedback.solved if session.feedback else None
    return CountedChat(session.company_id, session.board_id, session.opened_at, outcome, since if passed else None, duration, solved)
