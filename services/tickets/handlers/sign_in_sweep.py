"""Sign-ins that are long over are removed: nobody can come back with them, and nobody asks any more who was there (spec 10.5)."""

from datetime import timedelta

from servicekit.clock import Clock
from servicekit.metrics import Metrics
from services.tickets.ports import SignIns

# So long after they would have ended by themselves they still say who was signed in, and from where.
KEPT_FOR = timedelta(days=30)
EVERY_SECONDS = 3600.0


class SignInSweep:
    """Any replica may run it at any time."""

    def __init__(self, sign_ins: SignIns, clock: Clock, metrics: Metrics) -> None:
        self._sign_ins, self._clock = sign_ins, clock
        self._removed = metrics.counter("sign_ins_swept_total", "Sign-ins that were removed because they were long over")

    async def run(self) -> None:
        """For ever."""
        while True:
            await self.once()
            await self._clock.sleep(EVERY_SECONDS)

    async def once(self) -> None:
        self._removed.inc(await self._sign_ins.remove_expired(self._clock.now() - KEPT_FOR))
