"""A desk's chat settings (marked "desk" in docs/rules.md), and the limits of a process. Durations are seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from services.chat.domain.hours import OfficeHours


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

    @property
    def zone(self) -> str:
        """The desk's own time zone."""
        return self.hours.zone if self.hours and self.hours.zone else "UTC"


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds for every desk of a process (not marked "desk" in docs/rules.md).

    `push_expires_after`: spec 2.9. `return_looked_every`: how often presence is checked for an unattended session, in case its
    event is lost. `ticket_asked_after`, `ticket_asked_at_most`: the first and the longest pause before a ticket is asked for again.
    `older_after`: when an abandoned or call-back session that nobody closed becomes older. It bounds what pages list from their start.
    """

    push_expires_after: int = 120
    return_looked_every: int = 30
    ticket_asked_after: int = 10
    ticket_asked_at_most: int = 600
    older_after: int = 172_800
