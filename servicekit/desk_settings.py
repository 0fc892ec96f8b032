"""A replica's cache of desk settings, and what it does after a change on any replica."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from servicekit.clock import Clock

S = TypeVar("S")
# Events of changes drop cached settings. This bounds how long stale settings are used if an event is late.
CACHED_FOR = timedelta(seconds=2)


class CachedSettings(Generic[S]):
    """`read` loads a desk's settings from the store."""

    def __init__(self, read: Callable[[str], Awaitable[S]], clock: Clock) -> None:
        self._read, self._clock = read, clock
        # Each with the time until which it is used.
        self._cache: dict[str, tuple[S, datetime]] = {}
        self._changes = 0

    def forget(self, desk_id: str) -> None:
        """Drops the cached settings of the desk."""
        self._changes += 1
        self._cache.pop(desk_id, None)

    def held(self, desk_id: str) -> S | None:
        """The settings that were read last, however old, unless a change was announced since. `of` returns the same object while they are
        the settings of the desk."""
        cached = self._cache.get(desk_id)
        return cached[0] if cached else None

    async def of(self, desk_id: str) -> S:
        cached, changes = self._cache.get(desk_id), self._changes
        if cached is None or cached[1] <= self._clock.now():
            cached = (await self._read(desk_id), self._clock.now() + CACHED_FOR)
            # A read that overlaps a change may return the old settings, so it is not cached.
            if changes == self._changes:
                self._cache[desk_id] = cached
        return cached[0]


class SettingsChanges:
    """Drops the cached settings of a changed desk at once; `run` then calls `reapply`, which reapplies what depends on them.

    Every replica does that, because each may have used the old settings. It does so for every desk with settings of its own
    (`desks`) at the start and after an offset reset in Kafka, which repairs a lost event and a crash between a change and its effect.
    """

    def __init__(
        self,
        forget: Callable[[str], None],
        reapply: Callable[[str], Awaitable[None]],
        desks: Callable[[], Awaitable[list[str]]],
    ) -> None:
        self._forget, self._reapply, self._desks = forget, reapply, desks
        self._changed: dict[str, None] = {}
        self._all = True
        self._woken = asyncio.Event()

    def changed(self, desk_id: str) -> None:
        """A replica, this one included, has changed the settings of the desk."""
        self._forget(desk_id)
        self._changed[desk_id] = None
        self._woken.set()

    def resync(self) -> None:
        """Events may be lost: reapplies those of all desks."""
        self._all = True
        self._woken.set()

    async def run(self) -> None:
        """Runs until a desk fails. That desk stays queued, and the next run reapplies its settings."""
        while True:
            await self._reapply_changed()
            await self._woken.wait()
            self._woken.clear()

    async def _reapply_changed(self) -> None:
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
                await self._reapply(desk_id)
            except BaseException:
                self._changed[desk_id] = None
                raise
