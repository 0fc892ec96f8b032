"""When a desk is open (spec 4.8), in its own time zone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

# Changes further away than this are not searched. Covers a year of holidays.
HORIZON_DAYS = 400
# The cache of desks' calendars, each with its last answer; the least recently used is evicted.
CALENDARS = 512

Opening = tuple[datetime, datetime]
# Minutes of one day, from and until.
Piece = tuple[int, int]


@dataclass(frozen=True, slots=True)
class WeeklySpan:
    """`day` 1 = Monday to 7 = Sunday; minutes since midnight. Past midnight when `until_minute` is not after `from_minute`."""

    day: int
    from_minute: int
    until_minute: int


@dataclass(frozen=True, slots=True)
class Holiday:
    """Closed on this day between the minutes; 0 to 1440 is the whole day."""

    day: date
    name: str
    from_minute: int = 0
    until_minute: int = 1440


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """`zone` is an IANA name."""

    zone: str
    spans: tuple[WeeklySpan, ...]
    holidays: tuple[Holiday, ...] = ()


def is_open(hours: OfficeHours | None, now: datetime) -> bool:
    """No hours set = always open."""
    return hours is None or not hours.spans or _calendar(hours).at(now)[0]


def open_since(hours: OfficeHours | None, now: datetime) -> datetime | None:
    """When it opened, within the latest two days. None while it is closed, and for a desk that is always open."""
    if hours is None or not hours.spans:
        return None
    return next((start for start, end in _calendar(hours).openings(now, 1) if start <= now < end), None)


def next_change(hours: OfficeHours | None, now: datetime) -> datetime | None:
    """When it closes or opens next, in UTC; None when it does neither within HORIZON_DAYS."""
    return None if hours is None or not hours.spans else _calendar(hours).at(now)[1]


class _Calendar:
    """A desk's hours by weekday and its holidays by date, each joined, so that a day costs only its own pieces.

    A joined weekday or date has at most 720 pieces, for any settings.
    """

    def __init__(self, hours: OfficeHours) -> None:
        self._zone = ZoneInfo(hours.zone)
        week: dict[int, list[Piece]] = {day: [] for day in range(1, 8)}
        for span in hours.spans:
            for day, piece in _by_day(span):
                week[day].append(piece)
        closed: dict[date, list[Piece]] = {}
        for holiday in hours.holidays:
            closed.setdefault(holiday.day, []).append((holiday.from_minute, holiday.until_minute))
        self._week = {day: _joined(pieces) for day, pieces in week.items()}
        self._closed = {day: _joined(pieces) for day, pieces in closed.items()}
        self._computed_at, self._holds_until = datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)
        self._answer: tuple[bool, datetime | None] = (False, None)

    def at(self, now: datetime) -> tuple[bool, datetime | None]:
        """Whether it is open, and when that changes next. Caches the answer until then; one without a change for a day."""
        if not self._computed_at <= now < self._holds_until:
            self._answer = self._compute(now)
            self._computed_at, self._holds_until = now, self._answer[1] or now + timedelta(days=1)
        return self._answer

    def _compute(self, now: datetime) -> tuple[bool, datetime | None]:
        for start, end in self.openings(now, HORIZON_DAYS):
            if now < start:
                return False, start
            if now < end:
                return True, end if end < now + timedelta(days=HORIZON_DAYS) else None
        return False, None

    def openings(self, now: datetime, days: int) -> Iterator[Opening]:
        """The times in UTC when it is open, in order, touching ones joined, from now (the current one begins at most two days earlier)
        until `days` later.

        Converts wall-clock times day by day, so that a day of 23 or 25 hours shifts nothing.
        """
        today = now.astimezone(self._zone).date()
        joined: Opening | None = None
        for offset in range(-2, days + 2):
            for start, end in self._openings_on(today + timedelta(days=offset)):
                if joined is not None and start <= joined[1]:
                    joined = (joined[0], max(joined[1], end))
                    continue
                if joined is not None and now < joined[1]:
                    yield joined
                joined = (start, end)
        if joined is not None and now < joined[1]:
            yield joined

    def _openings_on(self, day: date) -> Iterator[Opening]:
        """The open times of this calendar day without its holidays, in order."""
        for start, end in _cut(self._week[day.isoweekday()], self._closed.get(day, [])):
            moments = _moment(day, start, self._zone), _moment(day, end, self._zone)
            if moments[0] < moments[1]:
                yield moments


_calendar = lru_cache(CALENDARS)(_Calendar)


def _by_day(span: WeeklySpan) -> Iterator[tuple[int, Piece]]:
    if span.until_minute > span.from_minute:
        yield span.day, (span.from_minute, span.until_minute)
        return
    yield span.day, (span.from_minute, 1440)
    if span.until_minute:
        yield span.day % 7 + 1, (0, span.until_minute)


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    """In order, without overlaps; touching ones are one."""
    joined: list[Piece] = []
    for start, end in sorted(pieces):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        elif start < end:
            joined.append((start, end))
    return joined


def _cut(pieces: list[Piece], out: list[Piece]) -> Iterator[Piece]:
    """The pieces without `out`. Both are joined, so one pass is enough."""
    at = 0
    for start, end in pieces:
        while at < len(out) and out[at][1] <= start:
            at += 1
        # The last one that reaches into this piece may reach into the next one too.
        reach = at
        while reach < len(out) and out[reach][0] < end:
            if start < out[reach][0]:
                yield start, out[reach][0]
            start = max(start, out[reach][1])
            reach += 1
        at = max(at, reach - 1)
        if start < end:
            yield start, end


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """Returns the moment of a wall-clock time. A skipped time maps to the moment of the clock change, so that order is kept. A repeated
    time maps to its first occurrence."""
    wall = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(minutes=minute)
    while (moment := wall.astimezone(UTC)).astimezone(zone) != wall:
        wall += timedelta(minutes=1)
    return moment
