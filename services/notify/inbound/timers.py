"""What the passing of time asks of notify."""

from servicekit.clock import Clock
from services.notify.handlers.alerting import Alerting
from services.notify.handlers.reconciling import Reconciling

FORGET_EVERY = 3600.0


class Timers:
    """Every replica runs them."""

    def __init__(self, alerting: Alerting, reconciling: Reconciling, clock: Clock, reconcile_every: float) -> None:
        self._alerting, self._reconciling, self._clock, self._every = alerting, reconciling, clock, reconcile_every

    async def reconcile(self) -> None:
        """For ever, or until an owner does not answer: it is asked again the next time, for the first answer was had at the start."""
        while True:
            await self._clock.sleep(self._every)
            await self._reconciling.everything()

    async def forget(self) -> None:
        """For ever: drops what nobody asks about any more."""
        while True:
            await self._clock.sleep(FORGET_EVERY)
            await self._alerting.forget_old()
