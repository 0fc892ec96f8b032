"""The clock that services are given: the system's here, a manual one for tests in tests/fakes/clock.py."""

import asyncio
from datetime import UTC, datetime
from typing import Protocol

from servicekit.moments import whole_ms


class Clock(Protocol):
    """The time for all rules. Back-off on a network is not a rule and uses asyncio.sleep."""

    def now(self) -> datetime:
        """UTC, aware, whole milliseconds, as the store keeps them."""
        ...

    async def sleep(self, seconds: float) -> None: ...

    async def sleep_until(self, moment: datetime) -> None:
        """Returns at once when `moment` has passed."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return whole_ms(datetime.now(UTC))

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def sleep_until(self, moment: datetime) -> None:
        # In steps, because the wall clock may be set meanwhile.
        left = (moment - self.now()).total_seconds()
        while left > 0:
            await asyncio.sleep(min(left, 30.0))
            left = (moment - self.now()).total_seconds()
