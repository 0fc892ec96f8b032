"""TurnedClock wakes sleepers in the order of time, each at its own time."""

import asyncio
from datetime import UTC, datetime, timedelta

from servicekit.clock import SystemClock
from tests.fakes.clock import START, TurnedClock


async def test_sleepers_wake_in_the_order_of_time_and_read_their_own_time(clock: TurnedClock) -> None:
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((name, (clock.now() - START).total_seconds()))

    tasks = [asyncio.create_task(sleeper(*each)) for each in (("late", 30), ("early", 10), ("never", 99), ("also late", 30))]
    await clock.advance(seconds=40)

    assert woken == [("early", 10), ("late", 30), ("also late", 30)]
    assert clock.now() == START + timedelta(seconds=40)
    assert clock.sleepers == 1
    tasks[2].cancel()


async def test_a_task_that_sleeps_again_within_an_advance_wakes_again(clock: TurnedClock) -> None:
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await clock.sleep(4)
            beats += 1

    task = asyncio.create_task(beat())
    await clock.advance(minutes=1)
    assert beats == 15
    task.cancel()


async def test_a_sleep_until_a_past_time_returns_at_once(clock: TurnedClock) -> None:
    await asyncio.wait_for(clock.sleep_until(START - timedelta(hours=1)), 1)
    await asyncio.wait_for(SystemClock().sleep_until(START - timedelta(days=9000)), 1)


def test_the_system_clock_returns_utc_in_whole_milliseconds() -> None:
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0
    assert abs((datetime.now(UTC) - now).total_seconds()) < 1
