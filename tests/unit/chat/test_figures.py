"""The figures of a day as pure functions (spec 13.4), for any chats."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chat.domain.events import CallbackWish, Solved, TimeWindow
from services.chat.domain.figures import (
    CallbackCounts,
    CallTimes,
    Cell,
    CountedChat,
    Figures,
    callback_counts,
    day_figures,
    day_span,
    figures_of,
    hour_of,
    quantile,
)
from services.chat.domain.status import ChatStatus

AUCKLAND, KOLKATA, UTC_ZONE = ZoneInfo("Pacific/Auckland"), ZoneInfo("Asia/Kolkata"), ZoneInfo("UTC")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
COUNTS = ("opened", "waiting", "answered", "abandoned", "callbacks", "over_promise", "solved", "not_solved")
SECONDS = st.integers(0, 4000)


@st.composite
def chats(draw: st.DrawFn) -> CountedChat:
    outcome = draw(st.sampled_from([ChatStatus.WAITING, ChatStatus.HANDLED, ChatStatus.ABANDONED, ChatStatus.CALLBACK]))
    opened_at = NOON - timedelta(seconds=draw(st.integers(0, 43_200)))
    waited = draw(SECONDS if outcome in (ChatStatus.HANDLED, ChatStatus.ABANDONED) else st.none())
    return CountedChat(
        company_id=draw(st.sampled_from(["acme", "globex"])),
        board_id=draw(st.sampled_from(["desk", "projects"])),
        opened_at=opened_at,
        outcome=outcome,
        waited_until=None if waited is None else opened_at + timedelta(seconds=waited),
        duration=draw(st.none() | SECONDS) if outcome is ChatStatus.HANDLED else None,
        solved=draw(st.none() | st.sampled_from(Solved)) if outcome is ChatStatus.HANDLED else None,
    )


@given(st.lists(chats(), max_size=30), st.integers(0, 600), st.sampled_from([AUCKLAND, KOLKATA, UTC_ZONE]))
def test_every_chat_counts_once_in_each_grouping(found: list[CountedChat], promise: int, zone: ZoneInfo) -> None:  # spec 13.4
    day = day_figures(found, zone, promise, NOON)
    for groups in (day.hours, day.companies, day.boards, day.cells):
        for name in COUNTS:
            assert sum(getattr(figures, name) for figures in groups.values()) == getattr(day.total, name)
        assert list(groups) == sorted(groups)
    assert day.total.opened == len(found) == day.total.waiting + day.total.answered + day.total.abandoned + day.total.callbacks
    assert day.total.over_promise <= len(found) and (promise or day.total.over_promise == 0)
    assert day_figures(found[::-1], zone, promise, NOON) == day


@given(st.lists(SECONDS, min_size=1), st.sampled_from([0.5, 0.9]))
def test_a_quantile_is_the_least_value_that_the_share_does_not_exceed(values: list[int], share: float) -> None:  # spec 13.4
    found = quantile(sorted(values), share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)
    assert all(sum(value <= less for value in values) < share * len(values) for less in values if less < found)


@given(
    st.dates(date(1990, 1, 1), date(2040, 1, 1)), st.sampled_from(["Pacific/Auckland", "Asia/Kolkata", "America/Sao_Paulo", "Africa/Cairo"])
)
def test_days_follow_without_gap_and_hours_begin_in_their_day(day: date, name: str) -> None:  # spec 13.4
    zone = ZoneInfo(name)
    start, end = day_span(day, zone)
    assert day_span(day + timedelta(days=1), zone)[0] == end
    assert timedelta(hours=23) <= end - start <= timedelta(hours=25)
    for moment in (start, start + (end - start) / 2, end - timedelta(milliseconds=1)):
        assert moment.astimezone(zone).date() == day
        assert timedelta(0) <= moment - hour_of(moment, zone) < timedelta(hours=1)


def test_the_two_hours_of_the_same_name_count_apart() -> None:  # spec 13.4
    # In Auckland 2:00 to 3:00 happens twice on this day.
    first = datetime(2026, 4, 4, 13, 30, tzinfo=UTC)
    found = [CountedChat("acme", "desk", first + timedelta(hours=n), ChatStatus.WAITING) for n in range(2)]
    assert [start.hour for start in day_figures(found, AUCKLAND, 0, NOON).hours] == [13, 14]


def test_the_figures_of_a_few_chats() -> None:  # spec 13.4, 13.7
    def chat(outcome: ChatStatus, waited: int | None, duration: int | None = None, before: int = 3600) -> CountedChat:
        opened = NOON - timedelta(seconds=before)
        until = None if waited is None else opened + timedelta(seconds=waited)
        return CountedChat("acme", "desk", opened, outcome, until, duration)

    answered = [chat(ChatStatus.HANDLED, wait, duration) for wait, duration in ((10, 100), (20, 300), (30, None), (301, 200))]
    others = [chat(ChatStatus.ABANDONED, 500), chat(ChatStatus.CALLBACK, None), chat(ChatStatus.CALLBACK, 40)]
    waiting = [chat(ChatStatus.WAITING, None, before=before) for before in (300, 301)]

    assert figures_of([*answered, *others, *waiting], 300, NOON) == Figures(
        opened=9,
        waiting=2,
        answered=4,
        abandoned=1,
        callbacks=2,
        over_promise=3,
        wait_median_seconds=20,
        wait_p90_seconds=301,
        wait_longest_seconds=301,
        duration_median_seconds=200,
        duration_p90_seconds=300,
        solved=0,
        not_solved=0,
    )
    assert figures_of(others, 0, NOON).wait_median_seconds is None
    moved = replace(answered[0], board_id="projects")
    assert list(day_figures([answered[1], moved], UTC_ZONE, 0, NOON).cells) == [
        Cell(NOON - timedelta(hours=1), "acme", "desk"),
        Cell(NOON - timedelta(hours=1), "acme", "projects"),
    ]


@given(st.lists(chats(), max_size=30))
def test_chats_with_an_answer_count_as_solved_or_not_and_the_others_as_neither(found: list[CountedChat]) -> None:  # spec 4.15
    figures = figures_of(found, 0, NOON)
    answers = [chat.solved for chat in found]
    assert (figures.solved, figures.not_solved) == (answers.count(Solved.YES), answers.count(Solved.NO))


def window(start: int, end: int) -> TimeWindow:
    return TimeWindow(NOON + timedelta(minutes=start), NOON + timedelta(minutes=end))


@pytest.mark.parametrize(
    ("windows", "due", "late"),
    [
        ((), 1, 0),
        ((window(0, 5),), 1, 0),
        ((window(1, 5),), 0, 0),
        ((window(-5, 0),), 0, 1),
        ((window(-9, -5), window(1, 5)), 0, 0),
        ((window(-9, -5), window(-3, -1)), 0, 1),
    ],
)
def test_a_callback_is_late_when_all_its_times_are_over(windows: tuple[TimeWindow, ...], due: int, late: int) -> None:  # spec 13.7
    assert callback_counts([CallTimes(CallbackWish("+442079460101", windows=windows))], NOON) == CallbackCounts(1, due, late)


@pytest.mark.parametrize(("minutes", "due", "late"), [(-1, 1, 1), (0, 1, 1), (1, 0, 0)])
def test_a_call_that_an_engineer_postponed_is_due_at_its_time(minutes: int, due: int, late: int) -> None:  # spec 4.14, 13.7
    over = CallbackWish("+442079460101", windows=(TimeWindow(NOON - timedelta(hours=2), NOON - timedelta(hours=1)),))
    assert callback_counts([CallTimes(over, NOON + timedelta(minutes=minutes))], NOON) == CallbackCounts(1, due, late)
