"""Parses office hours and test cases from short text."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from services.chat.domain.hours import Holiday, OfficeHours, WeeklySpan

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def desk(zone: str, week: str, holidays: str = "") -> OfficeHours:
    """`week`: "Mon-Fri 09:00-12:00 13:00-17:00, Sat 10:00-14:00"; `holidays`: "2026-12-24 12:00-24:00, 2026-12-25"."""
    spans = [span for part in _parts(week) for span in _spans(*part.split())]
    return OfficeHours(zone, tuple(spans), tuple(_holiday(*part.split()) for part in _parts(holidays)))


@dataclass(frozen=True)
class Case:
    desk: str
    now: str
    open: bool
    change: str
    why: str

    def at(self, text: str, zone: str) -> datetime:
        """ "Mon 2026-03-02 09:00" in the desk's own zone, or "... 01:30+00:00" in UTC for a time that occurs twice."""
        weekday, day, time = text.split()
        moment = datetime.fromisoformat(f"{day} {time}")
        moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
        assert DAYS[moment.weekday()] == weekday, f"{day} is not a {weekday}"
        assert moment.astimezone(UTC).astimezone(moment.tzinfo) == moment, f"{text} does not exist in {zone}"
        return moment.astimezone(UTC)

    def __str__(self) -> str:
        return f"{self.desk}, {self.now}: {self.why}"


def cases(table: str) -> list[Case]:
    """Returns one case per line: desk | now | open or closed | until when, or the next opening ("-": never) | why."""
    rows = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines() if "|" in line]
    return [Case(desk, now, {"open": True, "closed": False}[state], change, why) for desk, now, state, change, why in rows]


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _spans(days: str, *times: str) -> list[WeeklySpan]:
    first, _, last = days.partition("-")
    numbers = range(DAYS.index(first) + 1, DAYS.index(last or first) + 2)
    return [WeeklySpan(day, *_minutes(time)) for day in numbers for time in times]


def _minutes(span: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", span)
    assert found, span
    from_hour, from_minute, until_hour, until_minute = map(int, found.groups())
    return from_hour * 60 + from_minute, until_hour * 60 + until_minute


def _holiday(day: str, span: str = "00:00-24:00") -> Holiday:
    from_minute, until_minute = _minutes(span)
    return Holiday(date.fromisoformat(day), "a holiday", from_minute, until_minute)
