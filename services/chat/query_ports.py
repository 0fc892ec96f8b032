"""The ports of chat's searches, figures and calendars. Every method may raise servicekit's Unavailable."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from services.chat.domain.figures import CountedChat
from services.chat.domain.history import HistoryCursor, HistoryPage, HistoryQuery
from services.chat.domain.hours import Holiday
from services.chat.domain.session import ChatSession


class DueTerms(NamedTuple):
    """A session whose terms must be saved, and since when. `session` makes its state; it raises an error for one that cannot be read."""

    desk_id: str
    session_id: str
    due: datetime
    session: Callable[[], ChatSession]


class History(Protocol):
    """The terms of sessions (domain/history.py), by which searches find them. They are computed from the log and lag behind it."""

    async def find(self, query: HistoryQuery, size: int, below: HistoryCursor | None) -> HistoryPage:
        """Newest opened first, below the cursor."""

    async def with_terms(
        self, desk_id: str, terms: Sequence[str], size: int, below: HistoryCursor | None
    ) -> tuple[list[ChatSession], HistoryCursor | None]:
        """The desk's sessions that have all these terms, at least one, newest opened first, below the cursor; and where the next page
        begins, None on the last one. A page has at most `size`, and may have fewer or none although there is a next one."""

    async def save(self, terms: Sequence[tuple[ChatSession, Collection[str]]]) -> None:
        """Replaces each session's terms, also those of the same revision: erasing changes the words of a revision. Those that a later
        revision has added stay."""

    async def due(self, until: datetime, limit: int) -> list[DueTerms]:
        """Sessions that have changed since their terms were saved, due at or before `until`. The latest first, so that sessions of earlier
        versions, or all at once, do not delay a chat of today."""

    async def saved(self, sessions: Sequence[tuple[ChatSession, datetime]]) -> list[ChatSession]:
        """The terms are those of these sessions. Each is not due any more, unless it has another revision or is due since another moment
        by now. Returns those to save again, as the store has them now: another replica has saved their terms, from newer words perhaps, so
        they are not due, and the caller may have brought back words that were erased. May return others of `sessions` with them."""

    async def postpone(self, desk_id: str, session_id: str, due: datetime) -> None:
        """Makes the session due at that time, whether it was due or not; 1 ms later if it is due then already, so that `saved` of terms
        that were read before changes nothing."""


class FigureSource(Protocol):
    """What the figures count. May lag behind the log, as the projection does."""

    async def chats(self, desk_id: str, start: datetime, end: datetime) -> list[CountedChat]:
        """The customers' requests that were opened from `start` until before `end`, in no particular order."""


class Holidays(Protocol):
    def prepare(self) -> None:
        """Starts to load the calendars in the background."""

    async def of(self, country: str, year: int) -> list[Holiday] | None:
        """By date; `country` is an ISO 3166 code of two letters. None if the country or the year is not in the calendars."""
