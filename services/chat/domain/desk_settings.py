"""A desk's chat settings (marked "desk" in docs/rules.md), and which of them are valid. Durations are seconds."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from servicekit.time_zones import zones
from services.chat.domain.arguments import checked_id, checked_line
from services.chat.domain.errors import BadArgument
from services.chat.domain.hours import OfficeHours

DAY = 86_400
# field -> least and most seconds
SPANS = {
    "waiting_gone_after": (1, DAY),
    "no_answer_after": (1, DAY),
    "idle_after": (1, 7 * DAY),
    "unattended_after": (0, DAY),
    "ended_leave_after": (60, 7 * DAY),
    "promise_wait": (0, DAY),
    "transfer_expires_after": (10, 600),
}
MAX_SPANS = 100
MAX_SPANS_PER_DAY = 10
MAX_HOLIDAYS = 500
MAX_HOLIDAYS_PER_DATE = 3
MAX_EXCEPTIONS = 10_000
MAX_NAME = 100


class JoinPolicy(StrEnum):
    """Who may join a handled session (spec 3.5)."""

    OPEN = "open"
    SINGLE_THEN_INVITE = "single_then_invite"


class CustomerLeave(StrEnum):
    """When a customer may leave by themselves (spec 4.4)."""

    WHEN_OFFERED = "when_offered"
    ALWAYS = "always"


class HoursMode(StrEnum):
    """What outside support hours means (spec 4.6)."""

    NOTICE = "notice"
    REFUSE = "refuse"


@dataclass(frozen=True)
class ChatSettings:
    """The defaults are those of docs/rules.md. `hours` None = always open.

    `companies` and `customers`: id -> chat allowed; a customer's entry overrides the company's, which overrides the desk (spec 2.8).
    """

    join_policy: JoinPolicy = JoinPolicy.OPEN
    waiting_gone_after: int = 300
    no_answer_after: int = 40
    idle_after: int = 3600
    unattended_after: int = 120
    ended_leave_after: int = 1800
    customer_leave: CustomerLeave = CustomerLeave.WHEN_OFFERED
    hours_mode: HoursMode = HoursMode.NOTICE
    hours: OfficeHours | None = None
    pre_ticket_chat: bool = True
    post_ticket_chat: bool = True
    call_back: bool = True
    companies: Mapping[str, bool] = field(default_factory=dict)
    customers: Mapping[str, bool] = field(default_factory=dict)
    promise_wait: int = 300
    transfer_expires_after: int = 60

    @property
    def zone(self) -> str:
        """The desk's own time zone."""
        return self.hours.zone if self.hours and self.hours.zone else "UTC"


def check_settings(settings: ChatSettings) -> None:
    """Raises BadArgument."""
    for name, (least, most) in SPANS.items():
        _within(getattr(settings, name), least, most, name)
    for name in ("companies", "customers"):
        _within(len(getattr(settings, name)), 0, MAX_EXCEPTIONS, name)
        for id in getattr(settings, name):
            checked_id(id, f"settings.{name}")
    if settings.hours is not None:
        _check_hours(settings.hours)


def _check_hours(hours: OfficeHours) -> None:
    if hours.zone not in zones():
        raise BadArgument(f"There is no time zone {hours.zone[:64]!r}.", field="settings.hours.zone")
    _within(len(hours.spans), 0, MAX_SPANS, "hours.spans")
    _within(len(hours.holidays), 0, MAX_HOLIDAYS, "hours.holidays")
    spans_on, holidays_on = Counter[int](), Counter[date]()
    for number, span in enumerate(hours.spans):
        where = f"hours.spans[{number}]"
        _within(span.day, 1, 7, f"{where}.day")
        spans_on[span.day] += 1
        if spans_on[span.day] > MAX_SPANS_PER_DAY:
            raise BadArgument(f"A weekday has at most {MAX_SPANS_PER_DAY} spans.", field=f"settings.{where}.day")
        _within(span.from_minute, 0, 1439, f"{where}.from_minute")
        _within(span.until_minute, 0, 1440, f"{where}.until_minute")
    for number, holiday in enumerate(hours.holidays):
        where = f"hours.holidays[{number}]"
        holidays_on[holiday.day] += 1
        if holidays_on[holiday.day] > MAX_HOLIDAYS_PER_DATE:
            raise BadArgument(f"A date has at most {MAX_HOLIDAYS_PER_DATE} holidays.", field=f"settings.{where}.date")
        checked_line(holiday.name, f"settings.{where}.name", MAX_NAME)
        _within(holiday.from_minute, 0, 1439, f"{where}.from_minute")
        _within(holiday.until_minute, holiday.from_minute + 1, 1440, f"{where}.until_minute")


def _within(value: int, least: int, most: int, name: str) -> None:
    if not least <= value <= most:
        raise BadArgument(f"{name} must be between {least} and {most}.", field=f"settings.{name}")
