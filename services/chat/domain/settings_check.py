"""Checks a desk's settings. Each refusal names the field as the proto does."""

from collections import Counter
from datetime import date
from functools import cache
from importlib.resources import files

from services.chat.domain.errors import BadArgument
from services.chat.domain.hours import OfficeHours
from services.chat.domain.messages import checked_id, checked_line
from services.chat.domain.settings import ChatSettings

DAY = 86_400
# field -> least and most seconds
SPANS = {
    "waiting_gone_after": (1, DAY),
    "no_answer_after": (1, DAY),
    "idle_after": (1, 7 * DAY),
    "unattended_after": (0, DAY),
    "ended_leave_after": (60, 7 * DAY),
}
MOST_SPANS = 100
MOST_SPANS_A_DAY = 10
MOST_HOLIDAYS = 500
MOST_HOLIDAYS_A_DATE = 3
MOST_EXCEPTIONS = 10_000
LONGEST_NAME = 100


def check_settings(settings: ChatSettings) -> None:
    """Raises BadArgument."""
    for name, (least, most) in SPANS.items():
        _within(getattr(settings, name), least, most, name)
    for name in ("companies", "customers"):
        _within(len(getattr(settings, name)), 0, MOST_EXCEPTIONS, name)
        for id in getattr(settings, name):
            checked_id(id, f"settings.{name}")
    if settings.hours is not None:
        _check_hours(settings.hours)


@cache
def zones() -> frozenset[str]:
    """The names in the package tzdata. A zone of the machine, such as localtime, differs between machines."""
    return frozenset(files("tzdata").joinpath("zones").read_text().split()) - {"Factory"}


def _check_hours(hours: OfficeHours) -> None:
    if hours.zone not in zones():
        raise BadArgument(f"There is no time zone {hours.zone[:64]!r}.", field="settings.hours.zone")
    _within(len(hours.spans), 0, MOST_SPANS, "hours.spans")
    _within(len(hours.holidays), 0, MOST_HOLIDAYS, "hours.holidays")
    spans_on, holidays_on = Counter[int](), Counter[date]()
    for number, span in enumerate(hours.spans):
        where = f"hours.spans[{number}]"
        _within(span.day, 1, 7, f"{where}.day")
        spans_on[span.day] += 1
        if spans_on[span.day] > MOST_SPANS_A_DAY:
            raise BadArgument(f"A weekday has at most {MOST_SPANS_A_DAY} spans.", field=f"settings.{where}.day")
        _within(span.from_minute, 0, 1439, f"{where}.from_minute")
        _within(span.until_minute, 0, 1440, f"{where}.until_minute")
    for number, holiday in enumerate(hours.holidays):
        where = f"hours.holidays[{number}]"
        holidays_on[holiday.day] += 1
        if holidays_on[holiday.day] > MOST_HOLIDAYS_A_DATE:
            raise BadArgument(f"A date has at most {MOST_HOLIDAYS_A_DATE} holidays.", field=f"settings.{where}.date")
        checked_line(holiday.name, f"settings.{where}.name", LONGEST_NAME)
        _within(holiday.from_minute, 0, 1439, f"{where}.from_minute")
        _within(holiday.until_minute, holiday.from_minute + 1, 1440, f"{where}.until_minute")


def _within(value: int, least: int, most: int, name: str) -> None:
    if not least <= value <= most:
        raise BadArgument(f"{name} must be between {least} and {most}.", field=f"settings.{name}")
