"""The figures of a desk's day for its supervisors (spec 13.4), and the broken promises of all desks (spec 13.7)."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from servicekit.clock import Clock
from services.chat.domain.access import covers, supervisor_of
from services.chat.domain.erasing import without_reply
from services.chat.domain.errors import BadArgument
from services.chat.domain.figures import CallbackCounts, CallTimes, CountedChat, DayFigures, callback_counts, day_figures, day_span, is_late
from services.chat.domain.people import Viewer
from services.chat.domain.session import ChatSession
from services.chat.domain.status import ChatStatus, ChatType
from services.chat.handlers.session_reader import at_desk, no_longer_than_an_id
from services.chat.handlers.shared_reads import SharedReads
from services.chat.ports import SessionQuery, Sessions, SettingsStore, all_sessions
from services.chat.query_ports import FigureSource

DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Pages of several supervisors share one reading of the store. Both numbers bound what is held: the chats of MOST_HELD days of desks, each
# with the desk's open call-backs.
REREAD_AFTER = timedelta(seconds=5)
MOST_HELD = 10


@dataclass(frozen=True, slots=True)
class DeskDay:
    """`promise_wait`: seconds, 0 = none."""

    date: date
    zone: str
    figures: DayFigures
    callbacks: CallbackCounts
    promise_wait: int


@dataclass(frozen=True, slots=True)
class BrokenPromises:
    """Waiting chats beyond their desk's promise, and call-backs whose preferred times are over."""

    waits: int
    callbacks: int


@dataclass(frozen=True, slots=True)
class _OpenCallback:
    """`times`: without phone and note."""

    company_id: str
    board_id: str
    times: CallTimes


_Reading = tuple[Sequence[CountedChat], Sequence[_OpenCallback]]


class DeskFigures:
    """Raises ChatError or Unavailable."""

    def __init__(self, source: FigureSource, lists: Sessions, settings: SettingsStore, clock: Clock) -> None:
        self._source, self._lists, self._settings, self._clock = source, lists, settings, clock
        # By desk and start of the day.
        self._readings = SharedReads[tuple[str, datetime], _Reading](clock, REREAD_AFTER, MOST_HELD)
        self._turn = asyncio.Lock()

    async def of_day(self, viewer: Viewer, day: str = "", company_id: str = "", board_id: str = "", desk_id: str = "") -> DeskDay:
        """`day`: YYYY-MM-DD in the desk's zone, empty = today. `company_id`, `board_id`: empty = all that the viewer may see."""
        viewer = at_desk(supervisor_of(viewer), desk_id)
        no_longer_than_an_id(company_id, "company_id")
        no_longer_than_an_id(board_id, "board_id")
        if not viewer.desk_id:
            raise BadArgument("desk_id is missing: this account serves every desk.", field="desk_id")
        settings, now = await self._settings.of(viewer.desk_id), self._clock.now()
        zone = ZoneInfo(settings.zone)
        wanted = _day(day, now.astimezone(zone).date())
        start, end = day_span(wanted, zone)
        chats, callbacks = await self._readings.get((viewer.desk_id, start), lambda: self._read(viewer.desk_id, start, end))

        def counts(of: CountedChat | _OpenCallback) -> bool:
            return covers(viewer, of.company_id, of.board_id) and company_id in ("", of.company_id) and board_id in ("", of.board_id)

        open_callbacks = [one.times for one in callbacks if counts(one)]
        figures = await self._counted([chat for chat in chats if counts(chat)], zone, settings.promise_wait, now)
        return DeskDay(wanted, settings.zone, figures, callback_counts(open_callbacks, now), settings.promise_wait)

    async def _counted(self, chats: Sequence[CountedChat], zone: ZoneInfo, promise: int, now: datetime) -> DayFigures:
        """In a thread, and one day at a time, because counting 12,000 chats takes 0.2 s, in which chats must go on."""
        await self._turn.acquire()
        counting = asyncio.get_running_loop().run_in_executor(None, day_figures, chats, zone, promise, now)
        # A thread counts on when its call is cancelled, and keeps the turn.
        counting.add_done_callback(lambda _: self._turn.release())
        return await asyncio.shield(counting)

    async def _read(self, desk_id: str, start: datetime, end: datetime) -> _Reading:
        chats = await self._source.chats(desk_id, start, end)
        query = SessionQuery(desk_id, statuses=frozenset({ChatStatus.CALLBACK}), live=True)
        found = all_sessions(self._lists, query)
        callbacks = [_OpenCallback(one.company_id, one.board_id, times) async for one in found if (times := _times(one))]
        return chats, callbacks

    async def broken_promises(self) -> BrokenPromises:
        """Of all desks, now."""
        now, waits, late = self._clock.now(), 0, 0
        async for session in all_sessions(self._lists, SessionQuery("", statuses=frozenset({ChatStatus.WAITING}))):
            promise = (await self._settings.of(session.desk_id)).promise_wait
            waits += bool(promise) and session.type is ChatType.REQUEST and (now - session.opened_at).total_seconds() > promise
        async for session in all_sessions(self._lists, SessionQuery("", statuses=frozenset({ChatStatus.CALLBACK}), live=True)):
            late += (times := _times(session)) is not None and is_late(times, now)
        return BrokenPromises(waits, late)


def _times(session: ChatSession) -> CallTimes | None:
    tried = session.callback_tried
    return CallTimes(without_reply(session.callback), tried.next_call_at if tried else None) if session.callback else None


def _day(text: str, today: date) -> date:
    if not text:
        return today
    try:
        day = date.fromisoformat(text) if DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise BadArgument("date is written YYYY-MM-DD.", field="date")
    # The store cannot hold moments before 1970, and the day after the last possible one does not exist.
    if not date(1970, 1, 2) <= day <= today:
        raise BadArgument("date must not be in the future, or before 1970-01-02.", field="date")
    return day
