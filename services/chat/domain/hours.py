"""When a desk is open (spec 4.8), in its own time zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

# A change further away than this is as good as none: it covers a year of holidays.
HORIZON_DAYS = 400

Opening = tuple[datetime, datetime]


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
    if hours is None or not hours.spans:
        return True
    return any(start <= now < end for start, end in openings(hours, now, 1))


def open_since(hours: OfficeHours | None, now: datetime) -> datetime | None:
    """When it opened; looked at for the latest two days. None while it is closed, and of a desk that is always open."""
    if hours is None or not hours.spans:
        return None
    return next((start for start, end in openings(hours, now, 1) if start <= now < end), None)


def next_change(hours: OfficeHours | None, now: datetime) -> datetime | None:
    """Until when it is open, or when it opens next, in UTC; None when neither will happen within HORIZON_DAYS."""
    if hours is None or not hours.spans:
        return None
    for start, end in openings(hours, now, HORIZON_DAYS):
        if now < start:
            return start
        if now < end:
            return end if end < now + timedelta(days=HORIZON_DAYS) else None
    return None


def openings(hours: OfficeHours, now: datetime, days: int) -> Iterator[Opening]:
    """The times in UTC when it is open, in order, touching ones joined: from about now (the one that holds `now` comes whole at its end)
    until `days` later.

    Wall-clock times become moments day by day, so that a day of 23 or 25 hours shifts nothing.
    """
    zone = ZoneInfo(hours.zone)
    today = now.astimezone(zone).date()
    joined: Opening | None = None
    # A span may begin yesterday and end today; a holiday of the day after cuts it, so pieces are put in order before they are joined.
    for offset in range(-2, days + 2):
        for start, end in _openings_of(hours, zone, today + timedelta(days=offset)):
            if end <= now:
                continue
            if joined is None:
                joined = (start, end)
            elif start <= joined[1]:
                joined = (joined[0], max(joined[1], end))
            else:
                yield joined
                joined = (start, end)
    if joined is not None:
        yield joined


def _openings_of(hours: OfficeHours, zone: ZoneInfo, day: date) -> list[Opening]:
    """What of any span lies on this calendar day, holidays cut out, in order."""
    minutes = [piece for span in hours.spans for piece in _minutes_on(span, day.isoweekday())]
    for holiday in hours.holidays:
        if holiday.day == day:
            minutes = [piece for old in minutes for piece in _cut(old, (holiday.from_minute, holiday.until_minute))]
    moments = [(_moment(day, start, zone), _moment(day, end, zone)) for start, end in sorted(minutes)]
    return [(start, end) for start, end in moments if start < end]


def _minutes_on(span: WeeklySpan, weekday: int) -> list[tuple[int, int]]:
    past_midnight = span.until_minute <= span.from_minute
    pieces = []
    if past_midnight and span.day % 7 + 1 == weekday and span.until_minute:
        pieces.append((0, span.until_minute))
    if span.day == weekday:
        pieces.append((span.from_minute, 1440 if past_midnight else span.until_minute))
    return pieces


def _cut(piece: tuple[int, int], out: tuple[int, int]) -> list[tuple[int, int]]:
    before = (piece[0], min(piece[1], out[0]))
    after = (max(piece[0], out[1]), piece[1])
    return [left for left in (before, after) if left[0] < left[1]]


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """A wall-clock time that a clock change leaves out is the change itself, so that later times are never earlier moments; of one that
    comes twice it is the first."""
    wall = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(minutes=minute)
    while (moment := wall.astimezone(UTC)).astimezone(zone) != wall:
        wall += timedelta(minutes=1)
    return moment
