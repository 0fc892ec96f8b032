"""The figures of a session (spec 3.4)."""

from dataclasses import dataclass
from datetime import datetime

from services.chat.domain.people import Person
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ChatStatus, ChatType


@dataclass(frozen=True, slots=True)
class SessionReport:
    """The durations are whole seconds. `wait_seconds`: how long the customer waited; None while they wait, and
    where nobody waited. `duration_seconds`: from when it was first handled until it was completed."""

    wait_seconds: int | None
    handled_at: datetime | None
    duration_seconds: int | None
    closed_by: Person | None


def report_of(session: ChatSession) -> SessionReport:
    completed = session.status is ChatStatus.COMPLETED and session.closed_at is not None
    return SessionReport(
        wait_seconds=_wait(session),
        handled_at=session.handled_at,
        duration_seconds=_seconds(session.handled_at, session.closed_at) if completed else None,
        closed_by=session.close_record.by if session.close_record else None,
    )


def _wait(session: ChatSession) -> int | None:
    """None for a push chat, where the engineer waits."""
    if session.type is not ChatType.REQUEST or session.statuses[0][0] is not ChatStatus.WAITING or len(session.statuses) < 2:
        return None
    return _seconds(session.statuses[0][1], session.statuses[1][1])


def _seconds(start: datetime | None, end: datetime | None) -> int | None:
    return None if start is None or end is None else int((end - start).total_seconds())
