"""Loops over what falls due at stored times: they handle what is due, and sleep until the next time.

Several replicas may run the same loop, so firing must be idempotent.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from servicekit.clock import Clock
from servicekit.errors import as_typed
from servicekit.logs import log
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from servicekit.moments import MILLISECOND
from servicekit.polls import Polls

# Times that another replica saved are found this much later at most, while this one has times of its own and at rest.
MAX_SLEEP, REST_SLEEP = 1.0, 5.0
RETRY_SECONDS = 1.0
BATCH = 100
CONCURRENT = 10

Key = TypeVar("Key", bound=Hashable)


class Rounds:
    """Calls `round` until it finds nothing due, then sleeps until `next_due`, an earlier announced time, or `longest_sleep` seconds.

    `overdue_sleep`: the sleep when something is due that the round left. At rest, when nothing was due or announced for some time, the
    longest sleep is REST_SLEEP.
    """

    def __init__(
        self,
        round: Callable[[], Awaitable[bool]],
        next_due: Callable[[], Awaitable[datetime | None]],
        clock: Clock,
        *,
        longest_sleep: float | None = None,
        overdue_sleep: float | None = None,
    ) -> None:
        self._round, self._next_due, self._clock = round, next_due, clock
        self._polls, self._overdue = Polls(MAX_SLEEP if longest_sleep is None else longest_sleep, REST_SLEEP), overdue_sleep
        self._nearest: datetime | None = None
        self._nearer = asyncio.Event()

    def wake(self) -> None:
        """Starts a round at once."""
        self._polls.used()
        self._nearer.set()

    def announce(self, due: datetime) -> None:
        """Wakes the loop for a time that was just saved, if it is earlier than the next one."""
        self._polls.used()
        if self._nearest is None or due < self._nearest:
            self._nearest = due
            self._nearer.set()

    async def run(self) -> None:
        """Raises what `round` and `next_due` raise; a Loop restarts it."""
        while True:
            # First, so that what is announced from now on ends the sleep.
            self._nearer.clear()
            self._nearest = None
            if await self._round():
                self._polls.used()
                continue
            may_be_due = await self._sleep(after_round=True)
            while not may_be_due:
                may_be_due = await self._sleep(after_round=False)

    async def _sleep(self, *, after_round: bool) -> bool:
        """Whether something may be due then. At rest the next sleep finds that out by its one query."""
        stored, now = await self._next_due(), self._clock.now()
        overdue = stored is not None and stored <= now
        if overdue and not after_round:
            return True
        moments = [moment for moment in (stored, self._nearest) if moment is not None and moment > now]
        self._nearest = min(moments, default=None)
        wakers: list[asyncio.Task[Any]] = [asyncio.create_task(self._nearer.wait())]
        if self._nearest is not None:
            wakers.append(asyncio.create_task(self._clock.sleep_until(self._nearest + MILLISECOND)))
        if overdue:
            self._polls.used()
        resting = self._polls.resting
        longest = self._overdue if overdue and self._overdue is not None else self._polls.seconds
        try:
            await asyncio.wait(wakers, timeout=longest, return_when=asyncio.FIRST_COMPLETED)
            return not resting or any(waker.done() for waker in wakers)
        finally:
            for waker in wakers:
                waker.cancel()
            await asyncio.gather(*wakers, return_exceptions=True)


class Timer(Generic[Key]):
    """Fires what is due, by key: `due(limit)` returns the keys, the earliest first, and `fire(key)` fires one.

    What cannot be fired (a store or peer is down, a defect) is retried after RETRY_SECONDS and does not delay the others. With
    `fire_together` the due keys are fired in one call, and one by one when that fails because of a defect. `lag_seconds`: for so
    long after a key was fired, `due` may still return it.
    """

    def __init__(
        self,
        name: str,
        due: Callable[[int], Awaitable[Sequence[Key]]],
        next_due: Callable[[], Awaitable[datetime | None]],
        fire: Callable[[Key], Awaitable[object]],
        clock: Clock,
        metrics: Metrics,
        *,
        fire_together: Callable[[Sequence[Key]], Awaitable[object]] | None = None,
        lag_seconds: float = 0.0,
    ) -> None:
        self._name, self._due, self._fire, self._fire_together, self._lag = name, due, fire, fire_together, lag_seconds
        self._rounds = Rounds(self._round, next_due, clock)
        self._postponed: dict[Key, float] = {}
        self._failed = metrics.counter(f"{name}_failed_total", "Times that could not be handled and are retried")
        self.announce = self._rounds.announce
        self.loop = Loop(name, self._rounds.run, metrics)

    async def _round(self) -> bool:
        """Fires what is due and is not postponed; False when nothing was."""
        now = time.monotonic()
        self._postponed = {key: until for key, until in self._postponed.items() if until > now}
        fresh = [key for key in await self._due(BATCH + len(self._postponed)) if key not in self._postponed]
        if self._fire_together is None or not await self._fired_together(fresh):
            for start in range(0, len(fresh), CONCURRENT):
                await asyncio.gather(*(self._fire_one(key) for key in fresh[start : start + CONCURRENT]))
        return bool(fresh)

    async def _fired_together(self, keys: Sequence[Key]) -> bool:
        """False when one of them may have a defect."""
        assert self._fire_together is not None
        try:
            if keys:
                await self._fire_together(keys)
        except Exception as error:
            if as_typed(error) is None:
                log.exception("timer_failed", timer=self._name, keys=len(keys))
                return False
            self._failed.inc(len(keys))
            self._postpone(keys, RETRY_SECONDS)
            log.warning("timer_failed", timer=self._name, keys=len(keys), error=str(error))
        return True

    async def _fire_one(self, key: Key) -> None:
        if self._lag:
            self._postpone([key], self._lag)
        try:
            await self._fire(key)
        except Exception as error:
            self._postpone([key], RETRY_SECONDS)
            self._failed.inc()
            if as_typed(error) is None:
                log.exception("timer_failed", timer=self._name, key=key)
            else:
                log.warning("timer_failed", timer=self._name, key=key, error=str(error))

    def _postpone(self, keys: Sequence[Key], seconds: float) -> None:
        self._postponed.update(dict.fromkeys(keys, time.monotonic() + seconds))
