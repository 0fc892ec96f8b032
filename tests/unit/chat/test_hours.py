"""Office hours (spec 4.8): a table of cases, and properties of all hours in all zones."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.chat.domain.hours import Holiday, OfficeHours, WeeklySpan, is_open, next_change
from tests.unit.chat.hours_table import Case, cases, desk

DESKS = {
    "London": desk("Europe/London", "Mon-Fri 09:00-17:00", "2026-12-24 12:00-24:00, 2026-12-25, 2026-12-28"),
    "lunch": desk("Europe/Berlin", "Mon-Thu 08:00-12:00 13:00-17:30, Fri 08:00-12:00"),
    "nights": desk("America/New_York", "Fri 22:00-06:00, Sun 22:00-06:00", "2026-03-14 00:00-03:00, 2026-11-29"),
    "Sundays": desk("Europe/London", "Sat 22:00-06:00, Sun 00:30-01:30 09:00-10:00"),
    "Auckland": desk("Pacific/Auckland", "Mon-Fri 08:00-18:00, Sat 22:00-06:00", "2026-02-06"),
    "New York": desk("America/New_York", "Mon-Sun 01:00-03:00 09:00-17:00"),
    "Lord Howe": desk("Australia/Lord_Howe", "Mon-Sun 00:00-06:00"),
    "Santiago": desk("America/Santiago", "Mon-Sun 00:00-02:00 22:00-24:00"),
    "skipped span": desk("America/New_York", "Sun 02:30-02:40 03:00-04:00"),
    "skipped start": desk("America/New_York", "Sun 02:15-03:30 04:00-05:00"),
    "round the clock": desk("Europe/London", "Mon-Sun 00:00-24:00"),
    "adjacent spans": desk("UTC", "Mon 08:00-10:00 10:00-12:00 11:00-13:00"),
    "always closed": desk("UTC", "Mon 09:00-17:00", ", ".join(str(date(2026, 3, 2) + timedelta(weeks=week)) for week in range(60))),
    "no hours": OfficeHours("Europe/London", ()),
}

# All times are local times of the desk.
TABLE = """
desk            | now                         | is     | until, or next opening      | because
London          | Mon 2026-03-02 08:59        | closed | Mon 2026-03-02 09:00        | before the opening
London          | Mon 2026-03-02 09:00        | open   | Mon 2026-03-02 17:00        | the first minute is open
London          | Mon 2026-03-02 16:59        | open   | Mon 2026-03-02 17:00        | the last minute is open
London          | Mon 2026-03-02 17:00        | closed | Tue 2026-03-03 09:00        | the end is closed
London          | Fri 2026-03-06 18:00        | closed | Mon 2026-03-09 09:00        | the weekend is closed

lunch           | Mon 2026-03-02 11:00        | open   | Mon 2026-03-02 12:00        | the first of several spans
lunch           | Mon 2026-03-02 12:30        | closed | Mon 2026-03-02 13:00        | the pause between two spans
lunch           | Mon 2026-03-02 13:00        | open   | Mon 2026-03-02 17:30        | the second span
lunch           | Fri 2026-03-06 12:30        | closed | Mon 2026-03-09 08:00        | Friday has only one span
adjacent spans  | Mon 2026-03-02 09:00        | open   | Mon 2026-03-02 13:00        | adjacent and overlapping spans are one

nights          | Fri 2026-03-06 23:00        | open   | Sat 2026-03-07 06:00        | a span crosses midnight
nights          | Sat 2026-03-07 05:59        | open   | Sat 2026-03-07 06:00        | its end is on the next day
nights          | Sat 2026-03-07 23:00        | closed | Sun 2026-03-08 22:00        | Saturday has no span of its own
nights          | Mon 2026-03-09 01:00        | open   | Mon 2026-03-09 06:00        | a span from Sunday to Monday
nights          | Mon 2026-03-09 06:00        | closed | Fri 2026-03-13 22:00        | closed for the rest of the week

London          | Thu 2026-12-24 11:00        | open   | Thu 2026-12-24 12:00        | a half holiday begins at noon
London          | Thu 2026-12-24 12:00        | closed | Tue 2026-12-29 09:00        | half holiday, holiday, weekend, holiday in a row
London          | Fri 2026-12-25 10:00        | closed | Tue 2026-12-29 09:00        | a whole holiday
nights          | Fri 2026-03-13 23:00        | open   | Sat 2026-03-14 00:00        | a half holiday ends a span that crosses midnight
nights          | Sat 2026-03-14 01:00        | closed | Sat 2026-03-14 03:00        | the span continues after the half holiday
nights          | Sun 2026-11-29 23:00        | closed | Mon 2026-11-30 00:00        | a whole holiday ends at midnight
Auckland        | Fri 2026-02-06 09:00        | closed | Sat 2026-02-07 22:00        | Waitangi Day

London          | Fri 2026-03-27 17:00        | closed | Mon 2026-03-30 09:00        | clocks go forward at the weekend: 63 hours
London          | Fri 2026-10-23 17:00        | closed | Mon 2026-10-26 09:00        | clocks go back at the weekend: 65 hours
Sundays         | Sat 2026-03-28 22:30        | open   | Sun 2026-03-29 06:00        | a night of seven hours
Sundays         | Sat 2026-10-24 22:30        | open   | Sun 2026-10-25 06:00        | a night of nine hours
Sundays         | Sun 2026-10-25 01:30+01:00  | open   | Sun 2026-10-25 06:00        | the repeated hour, first time
Sundays         | Sun 2026-10-25 01:30+00:00  | open   | Sun 2026-10-25 06:00        | the repeated hour, second time
New York        | Sun 2026-03-08 01:59        | open   | Sun 2026-03-08 03:00        | clocks go forward: one of two hours is left
New York        | Sat 2026-10-31 23:00        | closed | Sun 2026-11-01 01:00-04:00  | clocks go back: it opens at the first 01:00
New York        | Sun 2026-11-01 01:30-05:00  | open   | Sun 2026-11-01 03:00        | clocks go back: the span has three hours
New York        | Sun 2026-11-01 08:00        | closed | Sun 2026-11-01 09:00        | the next span is not affected
skipped span    | Sun 2026-03-08 01:00        | closed | Sun 2026-03-08 03:00        | a span inside the skipped hour does not exist
skipped span    | Sun 2026-03-08 03:05        | open   | Sun 2026-03-08 04:00        | a skipped span does not move the next one
skipped span    | Sun 2026-03-15 02:35        | open   | Sun 2026-03-15 02:40        | a week later the span exists
skipped start   | Sun 2026-03-08 01:00        | closed | Sun 2026-03-08 03:00        | a skipped start is the clock change
skipped start   | Sun 2026-03-08 03:10        | open   | Sun 2026-03-08 03:30        | a skipped start does not change the end
Auckland        | Sat 2026-04-04 23:00        | open   | Sun 2026-04-05 06:00        | in the south clocks go back in April
Auckland        | Sat 2026-09-26 23:00        | open   | Sun 2026-09-27 06:00        | in the south clocks go forward in September
Auckland        | Mon 2026-04-06 07:59        | closed | Mon 2026-04-06 08:00        | Monday there is Sunday in UTC
Lord Howe       | Sun 2026-04-05 01:45+11:00  | open   | Sun 2026-04-05 06:00        | half an hour is repeated
Lord Howe       | Sun 2026-10-04 01:45        | open   | Sun 2026-10-04 06:00        | half an hour is skipped
Santiago        | Sat 2026-09-05 23:00        | open   | Sun 2026-09-06 02:00        | midnight is skipped
Santiago        | Sat 2026-04-04 23:30-04:00  | open   | Sun 2026-04-05 02:00        | the hour before midnight is repeated

round the clock | Sun 2026-03-29 00:30        | open   | -                           | it never closes
always closed   | Mon 2026-03-02 10:00        | closed | -                           | each Monday of a year is a holiday
no hours        | Fri 2026-12-25 03:00        | open   | -                           | a desk without hours is always open
"""


@pytest.mark.parametrize("case", cases("\n".join(TABLE.strip().splitlines()[1:])), ids=str)
def test_hours_match_the_table(case: Case) -> None:  # spec 4.8
    hours = DESKS[case.desk]
    now = case.at(case.now, hours.zone)
    assert is_open(hours, now) is case.open
    assert next_change(hours, now) == (None if case.change == "-" else case.at(case.change, hours.zone))


def test_a_desk_without_any_hours_is_always_open() -> None:  # spec 4.8
    assert is_open(None, datetime(2026, 12, 25, 3, tzinfo=UTC))
    assert next_change(None, datetime(2026, 12, 25, 3, tzinfo=UTC)) is None


@pytest.mark.parametrize(("zone", "length"), [("Europe/London", 7), ("America/New_York", 7), ("Pacific/Auckland", 9)])
def test_a_night_with_a_clock_change_has_its_real_length(zone: str, length: int) -> None:  # spec 4.8
    changes = {"Europe/London": (2026, 3, 28), "America/New_York": (2026, 3, 7), "Pacific/Auckland": (2026, 4, 4)}
    opens = datetime(*changes[zone], 22, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert next_change(desk(zone, "Sat 22:00-06:00"), opens) == opens + timedelta(hours=length)


ZONES = ["Europe/London", "America/New_York", "Pacific/Auckland", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
# Where clocks change at midnight, or have changed by other amounts.
ODD_ZONES = ["America/Santiago", "America/St_Johns", "Africa/Cairo", "Asia/Beirut", "Africa/Casablanca", "Pacific/Chatham"]
days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda moment: moment.replace(tzinfo=UTC))
spans = st.lists(st.builds(WeeklySpan, st.integers(1, 7), st.integers(0, 1439), st.integers(0, 1440)), min_size=1, max_size=6)
halves = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda pair: pair[0] < pair[1])
holidays = st.lists(st.builds(lambda day, half: Holiday(day, "a holiday", *half), days, st.just((0, 1440)) | halves), max_size=8)
any_hours = st.builds(OfficeHours, st.sampled_from(ZONES + ODD_ZONES), spans.map(tuple), holidays.map(tuple))
parts = st.integers(0, 999).map(lambda part: part / 1000)


@given(any_hours, moments, parts)
def test_hours_change_at_the_next_change_and_not_before(hours: OfficeHours, now: datetime, part: float) -> None:  # spec 4.8
    change = next_change(hours, now)
    if change is None:
        assert is_open(hours, now + timedelta(days=380) * part) is is_open(hours, now)
        return
    assert change > now
    assert is_open(hours, now + (change - now) * part) is is_open(hours, now)
    assert is_open(hours, change) is not is_open(hours, now)
    # A query at a later time before the change returns the same.
    assert next_change(hours, now + (change - now) * part) == change


@cache
def changes(zone: str) -> list[datetime]:
    """Returns the hours in which the clock changes, in UTC."""
    hours = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(2 * 365 * 24))
    return [hour for hour in hours if (hour + timedelta(hours=1)).astimezone(ZoneInfo(zone)).utcoffset() != _offset(hour, zone)]


def _offset(moment: datetime, zone: str) -> timedelta | None:
    return moment.astimezone(ZoneInfo(zone)).utcoffset()


def near_a_change(zone: str) -> st.SearchStrategy[datetime]:
    return st.sampled_from(changes(zone)).map(lambda hour: hour - timedelta(hours=14)) if changes(zone) else moments


SEEN = timedelta(hours=36)
at_night = st.integers(0, 240) | st.integers(1380, 1439)
any_spans = st.lists(
    st.builds(WeeklySpan, st.integers(5, 7) | st.integers(1, 7), at_night | st.integers(0, 1439), at_night | st.integers(0, 1440)),
    min_size=1,
    max_size=8,
)
zones_and_moments = st.sampled_from(ZONES + ODD_ZONES).flatmap(lambda zone: st.tuples(st.just(zone), near_a_change(zone) | moments))
NEW_YORK = ("America/New_York", datetime(2026, 3, 8, tzinfo=UTC))


@example(NEW_YORK, [WeeklySpan(7, 150, 160), WeeklySpan(7, 180, 240)], [])
@example(NEW_YORK, [WeeklySpan(7, 135, 210), WeeklySpan(7, 60, 165)], [])
@given(zones_and_moments, any_spans, st.lists(st.tuples(st.integers(-1, 2), st.just((0, 1440)) | halves), max_size=3))
def test_a_desk_is_open_when_its_local_time_is_in_the_hours(
    zone_and_moment: tuple[str, datetime], week: list[WeeklySpan], off: list[tuple[int, tuple[int, int]]]
) -> None:  # spec 4.8
    zone, first = zone_and_moment[0], zone_and_moment[1].replace(second=0, microsecond=0)
    closed = tuple(Holiday(first.date() + timedelta(days=ahead), "a holiday", *half) for ahead, half in off)
    hours = OfficeHours(zone, tuple(week), closed)
    minutes, now = open_by_local_time(hours, first), 0
    while now < len(minutes):
        then = next((later for later in range(now, len(minutes)) if minutes[later] is not minutes[now]), len(minutes))
        assert is_open(hours, first + timedelta(minutes=now)) is minutes[now]
        assert is_open(hours, first + timedelta(minutes=then, seconds=-1)) is minutes[now]
        change = next_change(hours, first + timedelta(minutes=now))
        if then == len(minutes):
            assert change is None or change >= first + timedelta(minutes=then)
        else:
            assert change == first + timedelta(minutes=then)
        now = then


def open_by_local_time(hours: OfficeHours, first: datetime) -> list[bool]:
    """Returns for each minute whether the desk is open by local time. While the clock repeats times, the latest one counts."""
    zone, shown, minutes = ZoneInfo(hours.zone), datetime.min, list[bool]()
    for minute in range(-1500, SEEN // timedelta(minutes=1)):
        shown = max(shown, (first + timedelta(minutes=minute)).astimezone(zone).replace(tzinfo=None))
        if minute >= 0:
            minutes.append(_written(hours, shown.date(), shown.hour * 60 + shown.minute))
    return minutes


def _written(hours: OfficeHours, day: date, minute: int) -> bool:
    """Whether the listed hours contain this local time."""
    today, yesterday = day.isoweekday(), (day - timedelta(days=1)).isoweekday()
    in_a_span = any(
        (span.day == today and span.from_minute <= minute and (minute < span.until_minute or span.until_minute <= span.from_minute))
        or (span.day == yesterday and span.until_minute <= span.from_minute and minute < span.until_minute)
        for span in hours.spans
    )
    return in_a_span and not any(off.day == day and off.from_minute <= minute < off.until_minute for off in hours.holidays)


@given(spans, moments)
def test_a_week_of_a_zone_without_changes_repeats_itself(week: list[WeeklySpan], now: datetime) -> None:  # spec 4.8
    hours = OfficeHours("Asia/Kathmandu", tuple(week))
    change = next_change(hours, now)
    assert is_open(hours, now + timedelta(weeks=1)) is is_open(hours, now)
    assert next_change(hours, now + timedelta(weeks=1)) == (None if change is None else change + timedelta(weeks=1))
