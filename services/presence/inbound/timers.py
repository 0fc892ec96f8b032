"""The periodic work of presence."""

from datetime import timedelta

from servicekit.clock import Clock
from servicekit.logs import log
from servicekit.metrics import Metrics
from services.presence.handlers.presence import BATCH, PresenceHandlers

# Seconds. A change by time alone is visible within a second (spec 1.12).
SWEEP_EVERY = 0.5
FORGET_EVERY = 600.0
# Waking up this late means that the process or the machine was suspended, so no gateway could reach it.
SUSPENDED_AFTER = timedelta(seconds=5)


class Timers:
    """Every replica runs them. When two find the same person, the condition on each save lets one of them win."""

    def __init__(self, handlers: PresenceHandlers, clock: Clock, metrics: Metrics) -> None:
        self._handlers, self._clock = handlers, clock
        self._swept = metrics.counter("swept_people_total", "People whose presence was computed again because time had passed")

    async def sweep(self) -> None:
        """Settles people who are due, then ends expired leases. Does not return."""
        while True:
            swept = await self._handlers.settle_due() + await self._handlers.sweep_leases()
            self._swept.inc(swept)
            if swept < BATCH:
                await self._sleep()

    async def _sleep(self) -> None:
        slept_at = self._clock.now()
        await self._clock.sleep(SWEEP_EVERY)
        if self._clock.now() - slept_at > SUSPENDED_AFTER:
            log.warning("process_was_suspended")
            self._handlers.leases.restart_grace_period()

    async def forget(self) -> None:
        """Deletes old leases. Does not return."""
        while True:
            await self._clock.sleep(FORGET_EVERY)
            await self._handlers.leases.forget_old()
