"""What desks have set, as a replica remembers it, and how it obeys a change that was made elsewhere."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from servicekit.clock import Clock

S = TypeVar("S")
# A change elsewhere is heard as an event; should that be late, this is how long the old settings hold at most.
CACHED_FOR = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class _Cached(Generic[S]):
    settings: S
    until: datetime


class CachedSettings(Generic[S]):
    """`read` fetches a desk's from the store."""

    def __init__(self, read: Callable[[str], Awaitable[S]], clock: Clock) -> None:
        self._read, self._clock = read, clock
        self._cache: dict[str, _Cached[S]] = {}
        self._changes = 0

    def forget(self, desk_id: str) -> None:
        """They have changed."""
        self._changes += 1
        self._cache.pop(desk_id, None)

    async def of(self, desk_id: str) -> S:
        cached, changes = self._cache.get(desk_id), self._changes
        if cached is None or cached.until <= self._clock.now():
            cached = _Cached(await self._read(desk_id), self._clock.now() + CACHED_FOR)
            # What was read while they changed may be the old ones; it serves this once and is not kept.
            if changes == self._changes:
                self._cache[desk_id] = cached
        return cached.settings


class SettingsChanges:
    """A replica drops its cached settings of the desk at once; `run` then reapplies what was decided by them.

    Every replica does that, because each may have used the old settings. After a jump in Kafka and at the start it does so for every desk
    that has ever set something (`desks`), which repairs a crash between a change and its effect, and a lost event.
    """

    def __init__(
        self,
        forget: Callable[[str], None],
        settle: Callable[[str], Awaitable[None]],
        desks: Callable[[], Awaitable[list[str]]],
    ) -> None:
        self._forget, self._settle, self._desks = forget, settle, desks
        self._changed: dict[str, None] = {}
        self._all = True
        self._woken = asyncio.Event()
        self._woken.set()

    def changed(self, desk_id: str) -> None:
        """Here or elsewhere."""
        self._forget(desk_id)
        self._changed[desk_id] = None
        self._woken.set()

    def resync(self) -> None:
        """Something may have been missed."""
        self._all = True
        self._woken.set()

    async def run(self) -> None:
        """Runs until a desk fails. That desk stays on the list, and the next run begins with it."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            try:
                await self._settle_changed()
            except BaseException:
                self._woken.set()
                raise

    async def _settle_changed(self) -> None:
        if self._all:
            self._all = False
            try:
                desks = await self._desks()
            except BaseException:
                self._all = True
                raise
            for desk_id in desks:
                self._forget(desk_id)
                self._changed[desk_id] = None
        while self._changed:
            desk_id = next(iter(self._changed))
            del self._changed[desk_id]
            try:
                await self._settle(desk_id)
            except BaseException:
                self._changed[desk_id] = None
                raise
