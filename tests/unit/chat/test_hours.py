"""Office hours (spec 4.8), as a table and as properties."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chat.domain.hours import Holiday, OfficeHours, WeeklySpan, is_open, next_change

LONDON, AUCKLAND = "Europe/London", "Pacific/Auckland"
NINE_TO_FIVE = tuple(WeeklySpan(day, 9 * 60, 17 * 60) for day in range(1, 6))
LUNCH = tuple(span for day in range(1, 6) for span in (WeeklySpan(day, 9 * 60, 12 * 60), WeeklySpan(day, 13 * 60, 17 * 60)))
NIGHTS = (WeeklySpan(5, 22 * 60, 6 * 60), WeeklySpan(7, 22 * 60, 6 * 60))  # Friday and Sunday nights
ALWAYS = tuple(WeeklySpan(day, 0, 1440) for day in range(1, 8))
CHRISTMAS = (Holiday(date(2026, 12, 25), "Christmas"), Holiday(date(2026, 12, 24), "Christmas Eve", 12 * 60))
HALF_NIGHT = (Holiday(date(2026, 3, 7), "Saturday morning off", 0, 3 * 60),)

# zone, spans, holidays, now (UTC), open?, until or next opening (UTC)
TABLE = [
    # an ordinary week in winter, when London is on UTC; 2026-03-02 is a Monday
    (LONDON, NINE_TO_FIVE, (), "2026-03-02 08:59", False, "2026-03-02 09:00"),
    (LONDON, NINE_TO_FIVE, (), "2026-03-02 09:00", True, "2026-03-02 17:00"),
    (LONDON, NINE_TO_FIVE, (), "2026-03-02 17:00", False, "2026-03-03 09:00"),
    (LONDON, NINE_TO_FIVE, (), "2026-03-06 18:00", False, "2026-03-09 09:00"),
    # several spans a day
    (LONDON, LUNCH, (), "2026-03-02 12:30", False, "2026-03-02 13:00"),
    (LONDON, LUNCH, (), "2026-03-02 11:00", True, "2026-03-02 12:00"),
    # past midnight, and from Sunday into Monday
    (LONDON, NIGHTS, (), "2026-03-06 23:00", True, "2026-03-07 06:00"),
    (LONDON, NIGHTS, (), "2026-03-07 05:59", True, "2026-03-07 06:00"),
    (LONDON, NIGHTS, (), "2026-03-09 01:00", True, "2026-03-09 06:00"),
    (LONDON, NIGHTS, (), "2026-03-09 07:00", False, "2026-03-13 22:00"),
    # a holiday cuts the night that runs into it
    (LONDON, NIGHTS, HALF_NIGHT, "2026-03-06 23:00", True, "2026-03-07 00:00"),
    (LONDON, NIGHTS, HALF_NIGHT, "2026-03-07 01:00", False, "2026-03-07 03:00"),
    # holidays, whole and half
    (LONDON, NINE_TO_FIVE, CHRISTMAS, "2026-12-24 10:00", True, "2026-12-24 12:00"),
    (LONDON, NINE_TO_FIVE, CHRISTMAS, "2026-12-24 13:00", False, "2026-12-28 09:00"),
    # London's clocks go forward on 2026-03-29 and back on 2026-10-25
    (LONDON, NINE_TO_FIVE, (), "2026-03-27 18:00", False, "2026-03-30 08:00"),
    (LONDON, NINE_TO_FIVE, (), "2026-10-23 17:00", False, "2026-10-26 09:00"),
    (LONDON, NIGHTS, (), "2026-10-25 23:00", True, "2026-10-26 06:00"),
    # the night of the change has one hour less
    (LONDON, (WeeklySpan(6, 22 * 60, 6 * 60),), (), "2026-03-28 22:30", True, "2026-03-29 05:00"),
    # another side of the world: Monday there is still Sunday in UTC
    (AUCKLAND, NINE_TO_FIVE, (), "2026-03-01 20:30", True, "2026-03-02 04:00"),
    # never closed, never open
    (LONDON, ALWAYS, (), "2026-03-29 00:30", True, None),
    (LONDON, (), (), "2026-03-02 03:00", True, None),
]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("zone", "spans", "holidays", "now", "open", "change"), TABLE)
def test_hours_as_the_table_says(
    zone: str, spans: tuple[WeeklySpan, ...], holidays: tuple[Holiday, ...], now: str, open: bool, change: str | None
) -> None:  # spec 4.8
    hours = OfficeHours(zone, spans, holidays)
    assert is_open(hours, at(now)) is open
    assert next_change(hours, at(now)) == (at(change) if change else None)


def test_no_hours_set_is_always_open() -> None:  # spec 4.8
    assert is_open(None, at("2026-12-25 03:00"))
    assert next_change(None, at("2026-12-25 03:00")) is None


spans = st.lists(st.builds(WeeklySpan, st.integers(1, 7), st.integers(0, 1439), st.integers(0, 1440)), min_size=1, max_size=6).map(tuple)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda moment: moment.replace(tzinfo=UTC))
zones = st.sampled_from([LONDON, AUCKLAND, "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC", "America/Santiago"])


@given(zones, spans, moments)
def test_nothing_changes_before_the_next_change_and_something_does_at_it(
    zone: str, spans: tuple[WeeklySpan, ...], now: datetime
) -> None:  # spec 4.8
    hours = OfficeHours(zone, spans)
    change = next_change(hours, now)
    if change is None:
        assert all(is_open(hours, now + timedelta(hours=hour)) == is_open(hours, now) for hour in range(0, 24 * 9, 7))
        return
    assert change > now
    before = is_open(hours, now)
    assert is_open(hours, change) is not before
    for part in range(1, 8):
        assert is_open(hours, now + (change - now) * part / 8) is before
