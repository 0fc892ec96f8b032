"""When a desk is open (spec 4.8), in its own time zone."""

from dataclasses import dataclass
from datetime import date


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
