"""The figures of a desk's day through the real handlers: who may see them, which day, what they count (spec 13.4, 13.7)."""

import asyncio
import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from servicekit.metrics import Metrics
from services.chat.domain.conversation import JoinMode
from services.chat.domain.ending import NoTicket
from services.chat.domain.errors import BadArgument, FiguresNotFound
from services.chat.domain.events import CallbackWish, Solved, TimeWindow
from services.chat.domain.figures import CountedChat, DayFigures, day_figures
from services.chat.domain.hours import OfficeHours
from services.chat.domain.people import Person, Side, Viewer
from services.chat.handlers.figures import MOST_HELD, REREAD_AFTER, BrokenPromises
from services.chat.inbound.promise_gauges import promise_gauges
from tests.fakes.chat.desk import AVA, BO, DESK, LEO, MIA, SAM, SERVICE, VPN, ZOE, Desk
from tests.fakes.waiting import until

REREAD = REREAD_AFTER.total_seconds()
SUPERVISOR_OF_ACME = replace(BO, role="supervisor")
ON_A_BOARD = replace(SAM, boards=frozenset({"projects"}))
OF_ONE_DESK = replace(SERVICE, desk_id=DESK)


async def a_day(desk: Desk) -> None:
    """Mia was answered after 10 s and talked for 60 s, Leo waits, and Zoe of Globex asked for a call-back after 10 s."""
    waiting = await desk.waiting(MIA)
    asking = await desk.waiting(ZOE)
    await desk.clock.advance(10)
    await desk.chats.conversation.ask_callback(ZOE, asking.id, desk.id(), CallbackWish(by_chat=True))
    await desk.chats.conversation.join(AVA, waiting.id, desk.id(), JoinMode.TAKE)
    await desk.clock.advance(60)
    await desk.chats.ending.complete(AVA, waiting.id, desk.id(), NoTicket())
    await desk.waiting(LEO)
    await desk.settle()


async def test_the_figures_of_today_by_company_board_and_hour(desk: Desk) -> None:  # spec 13.4
    await a_day(desk)
    day = await desk.chats.figures.of_day(SAM)

    assert (day.date.isoformat(), day.zone, day.promise_wait) == ("2026-03-02", "UTC", 300)
    total = day.figures.total
    assert (total.opened, total.answered, total.waiting, total.callbacks, total.abandoned) == (3, 1, 1, 1, 0)
    assert (total.wait_median_seconds, total.duration_median_seconds) == (10, 60)
    assert {id: one.opened for id, one in day.figures.companies.items()} == {"acme": 2, "globex": 1}
    assert {id: one.opened for id, one in day.figures.boards.items()} == {"projects": 1, "service-desk": 2}
    assert [(start.hour, one.opened) for start, one in day.figures.hours.items()] == [(9, 3)]
    assert (day.callbacks.open, day.callbacks.due, day.callbacks.late) == (1, 1, 0)


@pytest.mark.parametrize(
    ("viewer", "opened", "callbacks"),
    [(AVA, 3, 1), (SAM, 3, 1), (SUPERVISOR_OF_ACME, 2, 0), (ON_A_BOARD, 1, 1), (OF_ONE_DESK, 3, 1)],
)
async def test_only_companies_and_boards_that_the_viewer_may_see_count(
    desk: Desk, viewer: Viewer, opened: int, callbacks: int
) -> None:  # spec 13.4, 10.2
    await a_day(desk)
    day = await desk.chats.figures.of_day(viewer)
    assert (day.figures.total.opened, day.callbacks.open) == (opened, callbacks)


async def test_the_figures_of_one_company_or_board(desk: Desk) -> None:  # spec 13.4
    await a_day(desk)
    figures = desk.chats.figures
    assert (await figures.of_day(SAM, company_id="globex")).figures.total.opened == 1
    assert (await figures.of_day(SAM, board_id="service-desk")).figures.total.opened == 2
    assert (await figures.of_day(SUPERVISOR_OF_ACME, company_id="globex")).figures.total.opened == 0
    assert (await figures.of_day(SAM, company_id="acme")).callbacks.open == 0


async def test_answers_after_the_end_are_counted_by_company_and_board(desk: Desk) -> None:  # spec 4.15, 13.4
    for customer, solved in ((MIA, Solved.YES), (LEO, Solved.NO), (ZOE, Solved.NO)):
        session = await desk.handled(customer)
        await desk.chats.ending.complete(AVA, session.id, desk.id(), NoTicket())
        await desk.chats.ending.give_feedback(customer, session.id, desk.id(), solved, "")
    await desk.settle()

    figures = (await desk.chats.figures.of_day(SAM)).figures

    assert (figures.total.answered, figures.total.solved, figures.total.not_solved) == (3, 1, 2)
    assert {id: (one.solved, one.not_solved) for id, one in figures.companies.items()} == {"acme": (1, 1), "globex": (0, 1)}
    assert {id: (one.solved, one.not_solved) for id, one in figures.boards.items()} == {"service-desk": (1, 1), "projects": (0, 1)}
    seen = (await desk.chats.figures.of_day(SUPERVISOR_OF_ACME)).figures
    assert (seen.total.solved, seen.total.not_solved) == (1, 1)


@pytest.mark.parametrize("viewer", [BO, MIA], ids=["engineer", "customer"])
async def test_everybody_else_gets_the_answer_as_for_missing_figures(desk: Desk, viewer: Viewer) -> None:  # spec 13.4, 10.2
    with pytest.raises(FiguresNotFound):
        await desk.chats.figures.of_day(viewer)


async def test_a_service_that_serves_every_desk_names_one(desk: Desk) -> None:  # spec 11.1
    await a_day(desk)
    with pytest.raises(BadArgument) as refused:
        await desk.chats.figures.of_day(SERVICE)
    assert refused.value.field == "desk_id"
    assert (await desk.chats.figures.of_day(SERVICE, desk_id=DESK)).figures.total.opened == 3
    other = Viewer(Person("ivy", "Ivy", Side.ENGINEER), "other", "admin", companies=None, boards=None)
    assert (await desk.chats.figures.of_day(other, desk_id=DESK)).figures.total.opened == 0


async def test_a_day_begins_at_midnight_in_the_desks_zone(desk: Desk) -> None:  # spec 13.4
    desk.set(hours=OfficeHours("Pacific/Auckland", ()))  # 22:00 there
    await a_day(desk)
    assert (await desk.chats.figures.of_day(SAM)).figures.total.opened == 3
    await desk.clock.advance(2 * 3600)
    today = await desk.chats.figures.of_day(SAM)
    assert (today.date.isoformat(), today.figures.total.opened) == ("2026-03-03", 0)
    assert (await desk.chats.figures.of_day(SAM, "2026-03-02")).figures.total.opened == 3


@pytest.mark.parametrize("day", ["2026-03-03", "1970-01-01", "0001-01-01", "9999-12-31", "2026-02-30", "2026-W10-1", "today", "٢٠٢٦-٠٣-٠٢"])
async def test_a_wrong_date_is_refused_by_its_field(desk: Desk, day: str) -> None:  # spec 11.1
    with pytest.raises(BadArgument) as refused:
        await desk.chats.figures.of_day(SAM, day)
    assert refused.value.field == "date"


async def test_pages_of_many_supervisors_share_one_reading(desk: Desk) -> None:  # spec 13.4
    await a_day(desk)
    for viewer in (SAM, AVA, SUPERVISOR_OF_ACME):
        await desk.chats.figures.of_day(viewer)
    assert desk.figures.reads == 1
    await desk.waiting(MIA)
    await desk.settle()
    await desk.clock.advance(REREAD)
    assert (await desk.chats.figures.of_day(SAM)).figures.total.opened == 4
    assert desk.figures.reads == 2


async def test_many_requests_at_once_cost_one_reading_and_are_counted_one_by_one_beside_the_loop(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 13.4, 10.9
    await a_day(desk)
    read, counting, together = desk.figures.chats, set[threading.Thread](), list[set[threading.Thread]]()

    async def slow(*day: Any) -> list[CountedChat]:
        await asyncio.sleep(0.01)
        return await read(*day)

    def counted(*day: Any) -> DayFigures:
        counting.add(threading.current_thread())
        time.sleep(0.01)
        together.append(set(counting))
        counting.remove(threading.current_thread())
        return day_figures(*day)

    monkeypatch.setattr(desk.figures, "chats", slow)
    monkeypatch.setattr("services.chat.handlers.figures.day_figures", counted)
    days = await asyncio.gather(*(desk.chats.figures.of_day(SAM) for _ in range(20)))
    assert {day.figures.total.opened for day in days} == {3}
    assert desk.figures.reads == 1
    assert [len(threads) for threads in together] == [1] * 20
    assert threading.main_thread() not in set().union(*together)


async def test_a_cancelled_call_lets_nobody_count_before_its_thread_ends(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:  # spec 13.4, 10.9
    began, may_end = list[int](), threading.Event()

    def counted(*day: Any) -> DayFigures:
        began.append(len(began))
        assert may_end.wait(60)
        return day_figures(*day)

    monkeypatch.setattr("services.chat.handlers.figures.day_figures", counted)
    cancelled = asyncio.create_task(desk.chats.figures.of_day(SAM))
    await until(lambda: len(began) == 1)
    cancelled.cancel()
    await asyncio.gather(cancelled, return_exceptions=True)
    following = asyncio.create_task(desk.chats.figures.of_day(SAM))
    try:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(following), 0.2)
        assert len(began) == 1
    finally:
        may_end.set()
    assert (await following).figures == (await desk.chats.figures.of_day(SAM)).figures


async def test_a_bounded_number_of_days_is_held(desk: Desk) -> None:  # spec 13.4
    for number in range(MOST_HELD + 1):
        await desk.chats.figures.of_day(SAM, f"2026-02-{number + 1:02}")
    await desk.chats.figures.of_day(SAM, f"2026-02-{MOST_HELD + 1:02}")
    assert desk.figures.reads == MOST_HELD + 1
    await desk.chats.figures.of_day(SAM, "2026-02-01")
    assert desk.figures.reads == MOST_HELD + 2


async def test_a_wait_beyond_the_promise_and_a_late_callback_are_counted(desk: Desk) -> None:  # spec 13.7
    session = await desk.waiting(MIA)
    now = desk.clock.now()
    wish = CallbackWish(by_chat=True, windows=(TimeWindow(now, now + timedelta(seconds=60)),))
    await desk.chats.opening.open_callback(ZOE, desk.id(), "Call me", wish)
    await desk.chats.opening.push_chat(AVA, desk.id(), VPN.id, "Hello")
    await desk.settle()
    assert await desk.chats.figures.broken_promises() == BrokenPromises(0, 0)

    await desk.clock.advance(301)
    assert await desk.chats.figures.broken_promises() == BrokenPromises(1, 1)
    day = await desk.chats.figures.of_day(SAM)
    assert (day.figures.total.over_promise, day.callbacks.late) == (1, 1)

    desk.set(promise_wait=0)
    assert await desk.chats.figures.broken_promises() == BrokenPromises(0, 1)
    assert (await desk.chats.figures.of_day(SAM)).figures.total.over_promise == 0

    desk.set(promise_wait=200)
    await desk.chats.conversation.join(AVA, session.id, desk.id(), JoinMode.TAKE)
    await desk.settle()
    await desk.clock.advance(REREAD)
    assert await desk.chats.figures.broken_promises() == BrokenPromises(0, 1)
    assert (await desk.chats.figures.of_day(SAM)).figures.total.over_promise == 1


async def test_broken_promises_are_metrics(desk: Desk) -> None:  # spec 13.7
    await desk.waiting(MIA)
    await desk.settle()
    await desk.clock.advance(301)
    metrics = Metrics("chat")
    loop = promise_gauges(desk.chats.figures, metrics)
    await loop.start()
    await until(lambda: b"parley_chat_waits_over_promise 1.0" in metrics.page())
    await until(lambda: b"parley_chat_callbacks_late 0.0" in metrics.page())
    await loop.stop()
