"""The loop over due times: when it wakes, and what it does with what cannot be fired."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from servicekit import due
from servicekit.due import Timer
from servicekit.errors import Unavailable
from servicekit.metrics import Metrics
from tests.fakes.clock import START, TurnedClock
from tests.fakes.waiting import until

Running = Callable[..., AbstractAsyncContextManager[Timer[str]]]


class Times:
    """Keys with the time at which each is due. Firing `broken` and `down` fails."""

    def __init__(self) -> None:
        self.clock, self.metrics = TurnedClock(START), Metrics("test")
        self.stored: dict[str, datetime] = {}
        self.fired, self.together = list[str](), list[list[str]]()
        self.broken, self.down = set[str](), set[str]()

    async def due(self, limit: int) -> list[str]:
        return sorted((id for id, at in self.stored.items() if at <= self.clock.now()), key=self.stored.__getitem__)[:limit]

    async def next_due(self) -> datetime | None:
        return min(self.stored.values(), default=None)

    async def fire(self, key: str) -> None:
        self.fired.append(key)
        await self._fire([key])

    async def fire_together(self, keys: Sequence[str]) -> None:
        self.together.append(list(keys))
        await self._fire(keys)

    async def _fire(self, keys: Sequence[str]) -> None:
        if self.down.intersection(keys):
            raise Unavailable("The store does not answer.")
        if self.broken.intersection(keys):
            raise RuntimeError("a defect")
        for key in keys:
            del self.stored[key]

    @asynccontextmanager
    async def running(self, **more: Any) -> AsyncIterator[Timer[str]]:
        timer = Timer("things", self.due, self.next_due, self.fire, self.clock, self.metrics, **more)
        await timer.loop.start()
        try:
            yield timer
        finally:
            await timer.loop.stop()

    @property
    def failed(self) -> float:
        return self.metrics.registry.get_sample_value("parley_test_things_failed_total") or 0.0


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> Times:
    monkeypatch.setattr(due, "RETRY_SECONDS", 0.05)
    monkeypatch.setattr(due, "MAX_SLEEP", 0.05)
    return Times()


async def test_what_is_due_fires_at_its_time_and_an_announced_time_wakes_the_loop(times: Times, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "MAX_SLEEP", 1000.0)
    times.stored["late"] = START + timedelta(seconds=60)
    async with times.running() as timer:
        await until(lambda: times.clock.sleepers == 1)
        times.stored["soon"] = START + timedelta(seconds=5)
        timer.announce(times.stored["soon"])
        await times.clock.advance(4)
        assert times.fired == []
        await times.clock.advance(2)
        await until(lambda: times.fired == ["soon"])
        await times.clock.advance(60)
        await until(lambda: times.fired == ["soon", "late"])


@pytest.mark.parametrize("why", ["broken", "down"])
async def test_a_failure_is_retried_and_does_not_delay_the_others(times: Times, why: str) -> None:
    times.stored = {"stuck": START, "other": START + timedelta(milliseconds=1)}
    getattr(times, why).add("stuck")
    await times.clock.advance(1)
    async with times.running():
        await until(lambda: times.fired.count("stuck") > 1)
        assert times.fired.count("other") == 1
        getattr(times, why).clear()
        await until(lambda: not times.stored)
    assert times.failed >= 2


async def test_due_keys_fire_together_and_one_by_one_after_a_defect(times: Times) -> None:
    times.stored = dict.fromkeys(("a", "b", "c"), START)
    async with times.running(fire_together=times.fire_together):
        await until(lambda: not times.stored)
        assert (times.together, times.fired) == ([["a", "b", "c"]], [])

        times.stored, times.broken = dict.fromkeys(("d", "e"), START), {"d"}
        await until(lambda: sorted(times.stored) == ["d"])
        assert (times.together[1], times.fired[:2]) == (["d", "e"], ["d", "e"])


async def test_keys_that_fire_together_wait_together_while_a_store_is_down(times: Times) -> None:
    times.stored, times.down = dict.fromkeys(("a", "b"), START), {"b"}
    async with times.running(fire_together=times.fire_together):
        await until(lambda: len(times.together) > 1)
        assert times.fired == []
        times.down.clear()
        await until(lambda: not times.stored)


async def test_a_key_that_was_fired_is_not_fired_again_while_the_list_lags(times: Times, monkeypatch: pytest.MonkeyPatch) -> None:
    async def keep(key: str) -> None:
        times.fired.append(key)

    monkeypatch.setattr(times, "fire", keep)
    times.stored["a"] = START
    async with times.running(lag_seconds=1000.0):
        await until(lambda: times.fired == ["a"])
        times.stored["b"] = START
        await until(lambda: times.fired == ["a", "b"])
