"""Readings of the store that callers share, so that many of them at once cost one."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from servicekit.clock import Clock

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class SharedReads(Generic[Key, Value]):
    """The value of a key serves everybody while it is read, and for `fresh` from the beginning of that. At most `most` are held; the one
    that was read longest ago is dropped first. A reading that fails is not held."""

    def __init__(self, clock: Clock, fresh: timedelta, most: int) -> None:
        self._clock, self._fresh, self._most = clock, fresh, most
        self._held: OrderedDict[Key, tuple[datetime, asyncio.Task[Value]]] = OrderedDict()

    async def get(self, key: Key, read: Callable[[], Coroutine[Any, Any, Value]]) -> Value:
        """Raises what `read` raises. A caller that is cancelled does not end the reading of the others."""
        began_at, reading = self._held.get(key, (None, None))
        now = self._clock.now()
        if began_at is None or reading is None or (reading.done() and not began_at <= now < began_at + self._fresh):
            reading = asyncio.create_task(read())
            reading.add_done_callback(lambda done: self._ended(key, done))
            self._held[key] = now, reading
            self._held.move_to_end(key)
            if len(self._held) > self._most:
                self._held.popitem(last=False)
        return await asyncio.shield(reading)

    def _ended(self, key: Key, done: "asyncio.Task[Value]") -> None:
        failed = done.cancelled() or done.exception() is not None
        if failed and self._held.get(key, (None, None))[1] is done:
            del self._held[key]
