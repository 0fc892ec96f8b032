"""The cost of office hours grows linearly with the settings (spec 4.8, 10.9), and the result equals that of the simple rule."""

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import example, given

from services.chat.domain import hours as rules
from services.chat.domain.hours import Holiday, OfficeHours, WeeklySpan, is_open, next_change, open_since
from tests.unit.chat.test_hours import any_hours, moments

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def crowded(spans: int, holidays: int) -> OfficeHours:
    """Returns hours with everything on one day: spans over the whole day, and holidays in every second minute."""
    off = tuple(Holiday(NOW.date(), "", (2 * n) % 1440, (2 * n) % 1440 + 1) for n in range(holidays))
    return OfficeHours("Europe/London", tuple(WeeklySpan(NOW.isoweekday(), n % 1440, 1440) for n in range(spans)), off)


def steps(hours: OfficeHours) -> int:
    """Counts the Python calls and lines of one query without a cached calendar."""
    count = 0

    def each(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += 1
        return each

    before = sys.gettrace()
    sys.settrace(each)
    try:
        next_change(hours, NOW)
        is_open(hours, NOW)
    finally:
        sys.settrace(before)
    return count


def test_the_cost_of_a_query_grows_linearly_with_the_settings() -> None:  # spec 10.9
    small, large = steps(crowded(100, 100)), steps(crowded(400, 400))
    assert large < 5 * small
    # An earlier version accepted these settings and blocked chat for half a minute: spans x holidays x pieces.
    assert steps(crowded(98, 500)) < 40_000


def test_a_result_is_cached_until_the_next_change() -> None:
    hours = OfficeHours("UTC", tuple(WeeklySpan(day, 540, 1020) for day in range(1, 6)))
    first = steps(hours)
    assert next_change(hours, NOW) == NOW.replace(hour=17)
    assert steps(hours) < first / 3
    # The result is also right for settings that were read again, and for earlier and later times.
    assert steps(OfficeHours(hours.zone, hours.spans)) < first / 3
    assert not is_open(hours, NOW.replace(hour=17))
    assert next_change(hours, NOW.replace(hour=8)) == NOW.replace(hour=9)


def test_an_opening_that_crosses_midnight_starts_before_midnight() -> None:  # spec 4.5, 4.8
    hours = OfficeHours("UTC", (WeeklySpan(2, 1320, 360),))
    assert open_since(hours, datetime(2026, 3, 4, 3, tzinfo=UTC)) == datetime(2026, 3, 3, 22, tzinfo=UTC)


@example(OfficeHours("UTC", (WeeklySpan(6, 1, 1), WeeklySpan(7, 1, 0))), datetime(2026, 2, 1, 0, 1, tzinfo=UTC))
@given(any_hours, moments)
def test_the_result_equals_the_rule_that_checks_every_span_and_holiday(hours: OfficeHours, now: datetime) -> None:  # spec 4.8
    near = list(slow_openings(hours, now, 1))
    assert is_open(hours, now) is any(start <= now < end for start, end in near)
    assert open_since(hours, now) == next((start for start, end in near if start <= now < end), None)
    assert next_change(hours, now) == slow_change(hours, now)


def slow_change(hours: OfficeHours, now: datetime) -> datetime | None:
    for start, end in slow_openings(hours, now, rules.HORIZON_DAYS):
        if now < start:
            return start
        if now < end:
            return end if end < now + timedelta(days=rules.HORIZON_DAYS) else None
    return None


def slow_openings(hours: OfficeHours, now: datetime, days: int) -> Iterator[tuple[datetime, datetime]]:
    """Checks every span and every holiday, in pieces of minutes, for each day."""
    zone = ZoneInfo(hours.zone)
    today, joined = now.astimezone(zone).date(), None
    for offset in range(-2, days + 2):
        for start, end in slow_day(hours, zone, today + timedelta(days=offset)):
            if joined is not None and start <= joined[1]:
                joined = (joined[0], max(joined[1], end))
                continue
            if joined is not None and now < joined[1]:
                yield joined
            joined = (start, end)
    if joined is not None and now < joined[1]:
        yield joined


def slow_day(hours: OfficeHours, zone: ZoneInfo, day: date) -> list[tuple[datetime, datetime]]:
    pieces = []
    for span in hours.spans:
        past_midnight = span.until_minute <= span.from_minute
        if past_midnight and span.day % 7 + 1 == day.isoweekday() and span.until_minute:
            pieces.append((0, span.until_minute))
        if span.day == day.isoweekday():
            pieces.append((span.from_minute, 1440 if past_midnight else span.until_minute))
    for off in (holiday for holiday in hours.holidays if holiday.day == day):
        cut = [((start, min(end, off.from_minute)), (max(start, off.until_minute), end)) for start, end in pieces]
        pieces = [left for both in cut for left in both if left[0] < left[1]]
    moments = [(rules._moment(day, start, zone), rules._moment(day, end, zone)) for start, end in sorted(pieces)]
    return [(start, end) for start, end in moments if start < end]
