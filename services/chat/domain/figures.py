"""The figures of a desk's day (spec 13.4), which promises to customers are broken (spec 13.7),
and how many customers had their request solved (spec 4.15). Durations are whole seconds."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from typing import TypeVar
from zoneinfo import ZoneInfo

from services.chat.domain.events import CallbackWish, Solved
from services.chat.domain.status import ChatStatus


@dataclass(frozen=True, slots=True)
class CountedChat:
    """A customer's request as the figures count it. `outcome`: waiting, or what ended the wait: handled, abandoned or callback. It is
    callback also where nobody waited. `waited_until`: None while it waits, and where nobody waited. `duration`: None unless an engineer
    joined and the session is completed. `solved`: the customer's answer after the end; None without one."""

    company_id: str
    board_id: str
    opened_at: datetime
    outcome: ChatStatus
    waited_until: datetime | None = None
    duration: int | None = None
    solved: Solved | None = None

    def wait(self, now: datetime) -> int | None:
        """So far, if it waits; None where nobody waited."""
        if self.waited_until is None and self.outcome is not ChatStatus.WAITING:
            return None
        return int(((self.waited_until or now) - self.opened_at).total_seconds())


@dataclass(frozen=True, slots=True)
class Figures:
    """`over_promise`: waits longer than the desk promises. None: no chat has such a figure. Waits are those of answered chats.
    `solved`, `not_solved`: chats whose customer answered so after the end; the others have no answer."""

    opened: int
    waiting: int
    answered: int
    abandoned: int
    callbacks: int
    over_promise: int
    wait_median_seconds: int | None
    wait_p90_seconds: int | None
    wait_longest_seconds: int | None
    duration_median_seconds: int | None
    duration_p90_seconds: int | None
    solved: int
    not_solved: int


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """A group of chats: those of one company and board that were opened in one hour."""

    start: datetime
    company_id: str
    board_id: str


Group = TypeVar("Group", datetime, str, Cell)


@dataclass(frozen=True, slots=True)
class DayFigures:
    """Each mapping is in the order of its keys, and has a key only if chats count there."""

    total: Figures
    hours: Mapping[datetime, Figures]
    companies: Mapping[str, Figures]
    boards: Mapping[str, Figures]
    cells: Mapping[Cell, Figures]


@dataclass(frozen=True, slots=True)
class CallbackCounts:
    """Call-backs that nobody closed; how many of them are due, or late."""

    open: int
    due: int
    late: int


def day_figures(chats: Sequence[CountedChat], zone: ZoneInfo, promise: int, now: datetime) -> DayFigures:
    """`promise`: the longest promised wait; 0 = none."""

    def by(group_of: Callable[[CountedChat], Group]) -> dict[Group, Figures]:
        groups = defaultdict[Group, list[CountedChat]](list)
        for chat in chats:
            groups[group_of(chat)].append(chat)
        return {group: figures_of(groups[group], promise, now) for group in sorted(groups)}

    return DayFigures(
        total=figures_of(chats, promise, now),
        hours=by(lambda chat: hour_of(chat.opened_at, zone)),
        companies=by(lambda chat: chat.company_id),
        boards=by(lambda chat: chat.board_id),
        cells=by(lambda chat: Cell(hour_of(chat.opened_at, zone), chat.company_id, chat.board_id)),
    )


def figures_of(chats: Iterable[CountedChat], promise: int, now: datetime) -> Figures:
    outcomes = dict.fromkeys(ChatStatus, 0)
    answers = dict.fromkeys(Solved, 0)
    opened = over = 0
    waits, durations = list[int](), list[int]()
    for chat in chats:
        opened += 1
        outcomes[chat.outcome] += 1
        wait = chat.wait(now)
        if wait is not None:
            over += bool(promise) and wait > promise
            if chat.outcome is ChatStatus.HANDLED:
                waits.append(wait)
        if chat.duration is not None:
            durations.append(chat.duration)
        if chat.solved is not None:
            answers[chat.solved] += 1
    waits.sort()
    durations.sort()
    return Figures(
        opened=opened,
        waiting=outcomes[ChatStatus.WAITING],
        answered=outcomes[ChatStatus.HANDLED],
        abandoned=outcomes[ChatStatus.ABANDONED],
        callbacks=outcomes[ChatStatus.CALLBACK],
        over_promise=over,
        wait_median_seconds=quantile(waits, 0.5),
        wait_p90_seconds=quantile(waits, 0.9),
        wait_longest_seconds=waits[-1] if waits else None,
        duration_median_seconds=quantile(durations, 0.5),
        duration_p90_seconds=quantile(durations, 0.9),
        solved=answers[Solved.YES],
        not_solved=answers[Solved.NO],
    )


def quantile(values: Sequence[int], share: float) -> int | None:
    """The least of the sorted values that at least this share of them does not exceed; None without values."""
    return values[ceil(share * len(values)) - 1] if values else None


def hour_of(at: datetime, zone: ZoneInfo) -> datetime:
    """When the zone's hour with this moment began."""
    return at.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)


def day_span(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first moment of the zone's day and that of its next one."""
    first, next = (datetime.combine(each, time(), zone).astimezone(UTC) for each in (day, day + timedelta(days=1)))
    return first, next


@dataclass(frozen=True, slots=True)
class CallTimes:
    """The wish of an open call-back, and the time of the next call that an engineer named (spec 4.14)."""

    wish: CallbackWish
    next_call_at: datetime | None = None


def is_due(times: CallTimes, now: datetime) -> bool:
    """Whether the customer is to be called back now: at the time that an engineer named, else by the wish."""
    if times.next_call_at is not None:
        return times.next_call_at <= now
    wish = times.wish
    return not wish.windows or any(window.start <= now < window.end for window in wish.windows)


def is_late(times: CallTimes, now: datetime) -> bool:
    """Whether the customer's preferred times are over (spec 13.7), and the next call is not still to come."""
    wish = times.wish
    if times.next_call_at is not None and times.next_call_at > now:
        return False
    return bool(wish.windows) and all(window.end <= now for window in wish.windows)


def callback_counts(callbacks: Sequence[CallTimes], now: datetime) -> CallbackCounts:
    return CallbackCounts(len(callbacks), sum(is_due(each, now) for each in callbacks), sum(is_late(each, now) for each in callbacks))
