"""Fires what is due: rungs, and confirmations that did not come. Any replicas may do so at the same time; each step happens once.

The loop fires what is due, and sleeps until the next time: the stored one, or an earlier one that this replica has just saved. It finds
all others LONGEST_SLEEP later at most. What cannot be fired now (a store or presence is down) is retried after RETRY_SECONDS.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from servicekit.clock import Clock
from servicekit.errors import as_typed
from servicekit.logs import log
from servicekit.loop import Loop
from servicekit.metrics import Metrics

LONGEST_SLEEP = 1.0
RETRY_SECONDS = 1.0
BATCH = 100
CONCURRENT = 10


class Timer:
    """`run` runs until cancelled. `due(limit)` returns the keys that are due, `fire(key)` fires one."""

    def __init__(
        self,
        name: str,
        due: Callable[[int], Awaitable[Sequence[str]]],
        next_due: Callable[[], Awaitable[datetime | None]],
        fire: Callable[[str], Awaitable[None]],
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._name, self._due, self._next_due, self._fire, self._clock = name, due, next_due, fire, clock
        self._nearest: datetime | None = None
        self._nearer = asyncio.Event()
        self._retry_at: dict[str, float] = {}
        self._failed = metrics.counter(f"{name}_failed_total", "Times that could not be handled and are retried")
        self.loop = Loop(name, self.run, metrics)

    def announce(self, due: datetime) -> None:
        """Wakes the loop for a time that was just saved."""
        if self._nearest is None or due < self._nearest:
            self._nearest = due
            self._nearer.set()

    async def run(self) -> None:
        while True:
            # First, so that what is announced from now on ends the sleep.
            self._nearer.clear()
            self._nearest = None
            if not await self._round():
                await self._sleep()

    async def _round(self) -> bool:
        """Fires what is due and does not wait for a retry; False when nothing was."""
        now = time.monotonic()
        self._retry_at = {key: until for key, until in self._retry_at.items() if until > now}
        fresh = [key for key in await self._due(BATCH + len(self._retry_at)) if key not in self._retry_at]
        for start in range(0, len(fresh), CONCURRENT):
            await asyncio.gather(*(self._fire_one(key) for key in fresh[start : start + CONCURRENT]))
        return bool(fresh)

    async def _fire_one(self, key: str) -> None:
        try:
            await self._fire(key)
        except Exception as error:
            self._retry_at[key] = time.monotonic() + RETRY_SECONDS
            self._failed.inc()
            if as_typed(error) is None:
                log.exception("timer_failed", timer=self._name, key=key)
            else:
                log.warning("timer_failed", timer=self._name, key=key, error=str(error))

    async def _sleep(self) -> None:
        now, stored = self._clock.now(), await self._next_due()
        moments = [moment for moment in (stored, self._nearest) if moment is not None and moment > now]
        self._nearest = min(moments, default=None)
        wakers: list[asyncio.Task[Any]] = [asyncio.create_task(self._nearer.wait())]
        if self._nearest is not None:
            wakers.append(asyncio.create_task(self._clock.sleep_until(self._nearest)))
        try:
            await asyncio.wait(wakers, timeout=LONGEST_SLEEP, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waker in wakers:
                waker.cancel()
            await asyncio.gather(*wakers, return_exceptions=True)
