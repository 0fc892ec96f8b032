"""A clock that tests turn by hand."""

import asyncio
import heapq
import itertools
from datetime import UTC, datetime, timedelta

from servicekit.moments import whole_ms

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday


class TurnedClock:
    """Stands still until `advance`, which wakes sleepers in the order of their time, each at its own moment."""

    def __init__(self, start: datetime = START) -> None:
        self._now = whole_ms(start)
        self._order = itertools.count()
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        await self.sleep_until(self._now + timedelta(seconds=seconds))

    async def sleep_until(self, moment: datetime) -> None:
        if moment <= self._now:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (moment, next(self._order), woken))
        await woken

    def set_forward(self, seconds: float) -> None:
        """Turns the clock and wakes nobody: for what only asks for the time."""
        self._now = whole_ms(self._now + timedelta(seconds=seconds))

    @property
    def sleepers(self) -> int:
        """How many sleep now."""
        return sum(not woken.done() for _, _, woken in self._sleepers)

    async def advance(self, seconds: float = 0, **more: float) -> None:
        """Turns the clock (`more` as for timedelta: minutes=..., hours=...). What a sleeper does at its moment is done, as far as it needs
        no network, before the next one wakes; a sleeper that sleeps again within the span wakes again."""
        ends = self._now + timedelta(seconds=seconds, **more)
        await _settle()
        while self._sleepers and self._sleepers[0][0] <= ends:
            moment, _, woken = heapq.heappop(self._sleepers)
            if woken.done():
                continue
            self._now = max(self._now, moment)
            woken.set_result(None)
            await _settle()
        self._now = whole_ms(ends)


async def _settle() -> None:
    """Lets everything that can run without waiting for the network run."""
    for _ in range(20):
        await asyncio.sleep(0)
