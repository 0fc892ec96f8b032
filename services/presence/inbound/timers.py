"""The periodic work of presence."""

import asyncio
from datetime import timedelta

from servicekit.clock import Clock
from servicekit.logs import log
from servicekit.metrics import Metrics
from servicekit.polls import Polls
from services.presence.handlers.presence import BATCH, PresenceHandlers

# Seconds. A change by time alone is visible within a second (spec 1.12). At rest nobody is connected or due.
SWEEP_EVERY, REST_SWEEP_EVERY = 0.5, 5.0
FORGET_EVERY = 600.0
# Waking up this late means that the process or the machine was suspended, so no gateway could reach it.
SUSPENDED_AFTER = timedelta(seconds=5)


class Timers:
    """Every replica runs them. When two find the same person, the condition on each save lets one of them win."""

    def __init__(self, handlers: PresenceHandlers, clock: Clock, metrics: Metrics) -> None:
        self._handlers, self._clock = handlers, clock
        self._sweeps, self._woken = Polls(SWEEP_EVERY, REST_SWEEP_EVERY), asyncio.Event()
        handlers.on_change = self._people_changed
        self._swept = metrics.counter("swept_people_total", "People whose presence was computed again because time had passed")

    async def sweep(self) -> None:
        """Settles people who are due, then ends expired leases. Does not return."""
        while True:
            swept = await self._handlers.settle_due() + await self._handlers.sweep_leases()
            self._swept.inc(swept)
            if swept or (self._sweeps.resting and await self._handlers.anyone_may_change(2 * timedelta(seconds=REST_SWEEP_EVERY))):
                self._sweeps.used()
            if swept < BATCH:
                await self._sleep()

    async def _sleep(self) -> None:
        slept_at, seconds = self._clock.now(), self._sweeps.seconds
        self._woken.clear()
        ends = [asyncio.create_task(self._clock.sleep(seconds)), asyncio.create_task(self._woken.wait())]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
        if self._clock.now() - slept_at > SUSPENDED_AFTER + timedelta(seconds=seconds - SWEEP_EVERY):
            log.warning("process_was_suspended")
            self._handlers.leases.restart_grace_period()

    def _people_changed(self) -> None:
        if self._sweeps.resting:
            self._woken.set()
        self._sweeps.used()

    async def forget(self) -> None:
        """Deletes old leases. Does not return."""
        while True:
            await self._clock.sleep(FORGET_EVERY)
            await self._handlers.leases.forget_old()
