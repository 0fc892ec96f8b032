"""A task that never ends: when it fails or returns, that is logged and counted, and it restarts after a back-off."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any

from servicekit.errors import as_typed
from servicekit.logs import log
from servicekit.metrics import Metrics

MIN_BACK_OFF, MAX_BACK_OFF = 0.05, 2.0
# Seconds, longer than any call may take. An error after such a run is logged again.
WENT_WELL_AFTER = 15.0


class Broken(Exception):
    """An error that no retry fixes; the process ends."""


class Loop:
    """A part whose task never ends. A crash or a normal return is logged and counted, and the task restarts after a back-off.

    A transient error is logged once as a warning and is not counted as a crash: a typed one (errors.py: a store, broker or peer does not
    answer), or one of the classes `transient`. The task restarts in the same way. After Broken it does not restart: `broken` is set, which
    ends the process (app.py).
    """

    ready, waits_for = True, "its start"
    broken: Exception | None = None

    def __init__(
        self, name: str, run: Callable[[], Coroutine[Any, Any, None]], metrics: Metrics, *, transient: tuple[type[Exception], ...] = ()
    ) -> None:
        self.name, self._run, self._transient = name, run, transient
        self._crashes = metrics.counter("loop_crashes_total", "Crashes and ends of loops", ["loop"]).labels(name)
        self._restarts = metrics.counter("loop_restarts_total", "Restarts of loops, also after transient errors", ["loop"]).labels(name)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._loop(), name=self.name)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _loop(self) -> None:
        tries, waiting = 0, False
        while True:
            began = time.monotonic()
            try:
                await self._run()
                log.error("loop_ended", loop=self.name)
                self._crashes.inc()
            except Broken as error:
                self.broken, self.waits_for = error, str(error)
                return
            except Exception as error:
                went_well = time.monotonic() - began > WENT_WELL_AFTER
                waiting = self._log_failure(error, reported_before=waiting and not went_well)
            self._restarts.inc()
            tries = 0 if time.monotonic() - began > MAX_BACK_OFF else tries
            await back_off(tries)
            tries += 1

    def _log_failure(self, error: Exception, *, reported_before: bool) -> bool:
        """Returns whether the error is transient."""
        typed = as_typed(error)
        if not (isinstance(error, self._transient) or (typed is not None and typed.transient)):
            self._crashes.inc()
            log.error("loop_crashed", loop=self.name, exc_info=error)
            return False
        if not reported_before:
            log.warning("loop_waits", loop=self.name, reason=typed.code if typed else type(error).__name__)
        return True


async def all_of(calls: Iterable[Awaitable[object]], at_once: int) -> None:
    """Awaits all of them, at most `at_once` at a time, so that one that fails stops no other; then raises the first error."""
    free = asyncio.Semaphore(at_once)

    async def limited(call: Awaitable[object]) -> None:
        async with free:
            await call

    for end in await asyncio.gather(*map(limited, calls), return_exceptions=True):
        if isinstance(end, BaseException):
            raise end


async def back_off(tries: int, longest: float = MAX_BACK_OFF) -> None:
    """Sleeps after `tries` consecutive failures: twice as long each time, at most about `longest` seconds."""
    await asyncio.sleep(min(MIN_BACK_OFF * 2 ** min(tries, 10), longest) * random.uniform(0.8, 1.2))
