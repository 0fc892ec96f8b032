"""Fires deadlines (spec 3.13). Any replicas may do so at the same time: the log accepts each deadline once.

The loop reads the due deadlines from the projection, fires them, and sleeps until the next one: the projection's, or an earlier one that
this replica has just projected. It finds all others (another replica's new deadline, a projection that lags) LONGEST_SLEEP later at most.
A deadline that cannot be fired now (store or presence down) is retried after RETRY_SECONDS.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from servicekit.clock import Clock
from servicekit.errors import as_typed
from servicekit.logs import log
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from servicekit.moments import MILLISECOND
from services.chat.domain.deadlines import Kind
from services.chat.handlers.deadlines import Deadlines
from services.chat.ports import Sessions

LONGEST_SLEEP = 1.0
RETRY_SECONDS = 1.0
BATCH = 100
CONCURRENT = 10


class Timers:
    """`run` runs until cancelled. `fire(desk_id, session_id)` fires what is due in that session."""

    def __init__(self, fire: Callable[[str, str], Awaitable[Kind | None]], sessions: Sessions, clock: Clock, metrics: Metrics) -> None:
        self._fire, self._sessions, self._clock = fire, sessions, clock
        self._nearest: datetime | None = None
        self._nearer = asyncio.Event()
        self._retry_at: dict[tuple[str, str], float] = {}
        self._failed = metrics.counter("deadlines_failed_total", "Deadlines that could not be fired and are retried")
        fired = metrics.counter("deadlines_fired_total", "Deadlines that changed a session", ["kind"])
        self._fired = {kind: fired.labels(kind) for kind in Kind}

    def announce(self, due: datetime) -> None:
        """Wakes the loop for a deadline that was just projected."""
        if self._nearest is None or due < self._nearest:
            self._nearest = due
            self._nearer.set()

    async def run(self) -> None:
        while True:
            if not await self._round():
                await self._sleep()

    async def _round(self) -> bool:
        """Fires what is due and does not wait for a retry; False when nothing was."""
        now = time.monotonic()
        self._retry_at = {key: until for key, until in self._retry_at.items() if until > now}
        due = await self._sessions.due(self._clock.now(), BATCH + len(self._retry_at))
        fresh = [key for key in due if key not in self._retry_at]
        for start in range(0, len(fresh), CONCURRENT):
            await asyncio.gather(*(self._fire_one(key) for key in fresh[start : start + CONCURRENT]))
        return bool(fresh)

    async def _fire_one(self, key: tuple[str, str]) -> None:
        # The projection lags: it may show a fired deadline as due.
        self._retry_at[key] = time.monotonic() + RETRY_SECONDS
        try:
            kind = await self._fire(*key)
            if kind is not None:
                self._fired[kind].inc()
        except Exception as error:
            self._failed.inc()
            if as_typed(error) is None:
                log.exception("deadline_failed", session_id=key[1])
            else:
                log.warning("deadline_failed", session_id=key[1], error=str(error))

    async def _sleep(self) -> None:
        self._nearer.clear()
        now, projected = self._clock.now(), await self._sessions.next_due()
        moments = [moment for moment in (projected, self._nearest) if moment is not None and moment > now]
        self._nearest = min(moments, default=None)
        wakers: list[asyncio.Task[Any]] = [asyncio.create_task(self._nearer.wait())]
        if self._nearest is not None:
            wakers.append(asyncio.create_task(self._clock.sleep_until(self._nearest + MILLISECOND)))
        try:
            await asyncio.wait(wakers, timeout=LONGEST_SLEEP, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waker in wakers:
                waker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*wakers, return_exceptions=True)


def timers(deadlines: Deadlines, sessions: Sessions, clock: Clock, metrics: Metrics) -> Loop:
    """The timers as a part for wiring."""
    timers = Timers(deadlines.fire, sessions, clock, metrics)
    deadlines.on_due = timers.announce
    return Loop("deadlines", timers.run, metrics)
