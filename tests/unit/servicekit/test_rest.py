"""At rest things are polled rarely, and in use as often as before. Counts of calls by a turned clock, no times."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from servicekit.due import Rounds
from servicekit.kafka_connections import REST_TIMEOUT, REST_WAIT_MS, Fetches
from servicekit.metrics import Metrics
from servicekit.outbox import OutboxRelay, Unpublished
from servicekit.polls import REST_AFTER, Polls
from tests.fakes.clock import START, TurnedClock
from tests.fakes.moment import Moment
from tests.fakes.waiting import until


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Moment:
    return Moment(monkeypatch)


def test_a_poll_rests_some_time_after_its_last_use(moment: Moment) -> None:
    polled, seconds = Polls(1.0, 5.0), list[float]()
    for passed, used in ((0, False), (REST_AFTER - 1, False), (1, False), (0, True), (REST_AFTER - 1, False), (1, False)):
        moment.now += passed
        if used:
            polled.used()
        seconds.append(polled.seconds)
    assert seconds == [1.0, 1.0, 5.0, 1.0, 1.0, 5.0]
    assert Polls(7.0, 5.0).seconds == 7.0


class Fetcher:
    """aiokafka's part that fetches."""

    def __init__(self) -> None:
        self._fetch_max_wait_ms, self._fetcher_timeout = 10, 0.2
        self.fetches = 0

    async def _proc_fetch_request(self, *request: Any) -> bool:
        self.fetches += 1
        return True


async def test_at_rest_a_fetch_begins_after_a_pause_and_does_not_wait_at_the_broker(moment: Moment) -> None:
    fetcher = Fetcher()
    fetches, waits = Fetches(SimpleNamespace(_fetcher=fetcher), 1000.0), list[tuple[int, float]]()
    for passed, records in ((0, 0), (REST_AFTER, 0), (0, 3), (REST_AFTER, 0)):
        moment.now += passed
        fetches.fetched(records)
        waits.append((fetcher._fetch_max_wait_ms, fetcher._fetcher_timeout))
    assert waits == [(10, 0.2), (REST_WAIT_MS, REST_TIMEOUT)] * 2

    pausing = asyncio.create_task(fetcher._proc_fetch_request("assignment", 1, "request"))
    await asyncio.sleep(0)
    fetches.fetched(1)
    assert await fetcher._proc_fetch_request("assignment", 1, "request")
    assert (fetcher.fetches, pausing.done()) == (1, False)
    # aiokafka cancels it when the partitions are taken away, and expects an answer.
    pausing.cancel()
    assert await pausing is False

    moment.rest()
    fetches.fetched(0)
    pausing = asyncio.create_task(fetcher._proc_fetch_request("assignment", 1, "request"))
    await asyncio.sleep(0)
    fetches.wake()
    assert await pausing
    assert (fetcher.fetches, fetcher._fetch_max_wait_ms, fetches.resting) == (2, 10, False)


async def test_a_broker_that_answers_early_always_has_a_fetch(moment: Moment) -> None:
    fetcher = Fetcher()
    fetches = Fetches(SimpleNamespace(_fetcher=fetcher), 0.0)
    moment.rest()
    fetches.fetched(0)
    assert (fetcher._fetch_max_wait_ms, fetcher._fetcher_timeout, fetches.resting) == (10, 0.2, True)
    await fetcher._proc_fetch_request("assignment", 1, "request")
    assert fetcher.fetches == 1


class Sleeps:
    """Takes the place of a wait with a time-out: notes the seconds, and returns when the test lets it."""

    def __init__(self) -> None:
        self.seconds, self.ended = list[float](), asyncio.Event()

    async def wait(self, tasks: Sequence[asyncio.Task[Any]], timeout: float, return_when: str) -> None:
        self.seconds.append(timeout)
        await self.ended.wait()
        self.ended.clear()


async def test_due_times_are_looked_for_rarely_at_rest_and_often_after_an_announcement(
    moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, sleeps, stored = TurnedClock(START), Sleeps(), list[datetime]()
    monkeypatch.setattr("servicekit.due.asyncio.wait", sleeps.wait)

    rounds = 0

    async def left() -> bool:
        nonlocal rounds
        rounds += 1
        return False

    async def next_due() -> datetime | None:
        return min(stored, default=None)

    async def next_sleep() -> tuple[float, int]:
        """Ends the sleep. Returns the seconds of the next one, and the number of rounds."""
        count = len(sleeps.seconds)
        sleeps.ended.set()
        await until(lambda: len(sleeps.seconds) > count)
        return sleeps.seconds[-1], rounds

    loop = Rounds(left, next_due, clock)
    running = asyncio.create_task(loop.run())
    await until(lambda: sleeps.seconds == [1.0])
    assert await next_sleep() == (1.0, 2)
    moment.rest()
    assert await next_sleep() == (5.0, 3)
    assert await next_sleep() == (5.0, 3), "no round without a time that has come"
    loop.announce(START + timedelta(hours=1))
    assert await next_sleep() == (1.0, 4)
    moment.rest()
    assert await next_sleep() == (5.0, 5)
    stored.append(START - timedelta(seconds=1))  # another replica's, which the round leaves
    assert await next_sleep() == (1.0, 6)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_at_rest_an_outbox_is_searched_when_it_is_woken_only(moment: Moment) -> None:
    class Empty:
        searches = 0

        async def unpublished(self, limit: int) -> Sequence[Unpublished]:
            self.searches += 1
            return []

        async def mark_published(self, published: Sequence[Unpublished]) -> Sequence[Unpublished]:
            return []

    class NoPublisher:
        async def publish(self, records: Any) -> None: ...

    outbox = Empty()
    relay = OutboxRelay([outbox], NoPublisher(), Metrics("test"), sweep_seconds=0.001)
    await relay.start()
    await until(lambda: outbox.searches > 2)
    moment.rest()
    at_rest = outbox.searches
    for _ in range(4):
        before = outbox.searches
        relay.wake()
        await until(lambda: outbox.searches > before)  # noqa: B023
    assert outbox.searches <= at_rest + 4 + 1, "one for each call, and one that was planned before"
    await relay.stop()
