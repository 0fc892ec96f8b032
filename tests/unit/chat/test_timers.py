"""The loop that fires deadlines. tests/unit/servicekit/test_due.py shows what it does with those that cannot be fired."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import pytest

from servicekit.errors import Unavailable
from servicekit.metrics import Metrics
from services.chat.domain.deadlines import Kind
from services.chat.domain.events import Offer
from services.chat.inbound.timers import deadline_timer
from tests.fakes.chat.desk import LEO, MIA, ZOE, Desk
from tests.fakes.waiting import until


@asynccontextmanager
async def running(desk: Desk) -> AsyncIterator[Metrics]:
    metrics = Metrics("chat")
    loop = deadline_timer(desk.chats.deadlines, desk.sessions, desk.clock, metrics).loop
    await loop.start()
    yield metrics
    await loop.stop()


async def test_a_deadline_fires_when_its_time_comes(desk: Desk) -> None:  # spec 3.13, 4.5
    async with running(desk) as metrics:
        session = await desk.waiting()
        await desk.settle()
        await until(lambda: desk.clock.sleepers > 0)
        await desk.clock.advance(39)
        assert desk.session(session.id).offer is Offer.NONE
        await desk.clock.advance(2)
        await until(lambda: desk.session(session.id).offer is Offer.NOBODY_THERE)
        assert metrics.counter("deadlines_fired_total", "", ["kind"]).labels(Kind.NO_ANSWER)._value.get() == 1


async def test_a_deadline_left_by_a_crash_fires_at_the_start(desk: Desk) -> None:  # spec 3.13
    sessions = [await desk.waiting(customer) for customer in (MIA, LEO, ZOE)]
    await desk.settle()
    await desk.clock.advance(50)
    async with running(desk):
        await until(lambda: all(desk.session(session.id).offer is Offer.NOBODY_THERE for session in sessions))


async def test_a_store_outage_does_not_count_as_a_crash(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:  # spec 3.13
    session = await desk.waiting()
    await desk.settle()
    await desk.clock.advance(50)
    due, outages = desk.sessions.due, [Unavailable("The store does not answer.")] * 2

    async def down_at_first(until: datetime, limit: int) -> list[tuple[str, str]]:
        if outages:
            raise outages.pop()
        return await due(until, limit)

    monkeypatch.setattr(desk.sessions, "due", down_at_first)
    async with running(desk) as metrics:
        await until(lambda: desk.session(session.id).offer is Offer.NOBODY_THERE)
        assert metrics.registry.get_sample_value("parley_chat_loop_crashes_total", {"loop": "deadlines"}) == 0
