"""Reads of a store that are gathered, so that many of them at once cost one query."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from contextvars import Context
from itertools import islice
from typing import Generic, TypeVar

Group = TypeVar("Group", bound=Hashable)
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
# Returns a value for each of these keys. May raise.
Read = Callable[[Group, Sequence[Key]], Awaitable[Mapping[Key, Value]]]


class GatheredReads(Generic[Group, Key, Value]):
    """One reading of a group runs at a time. What is asked for meanwhile is the next one, of at most `at_once` keys. So a caller alone
    waits for nobody, and each value is read after its caller asked."""

    def __init__(self, read: Read[Group, Key, Value], *, at_once: int) -> None:
        self._read, self._at_once = read, at_once
        self._asked: dict[Group, dict[Key, asyncio.Future[Value]]] = {}
        self._readings: set[asyncio.Task[None]] = set()

    async def get(self, group: Group, key: Key) -> Value:
        """Raises what `read` raises. A caller that is cancelled does not end the reading of the others."""
        if group not in self._asked:
            self._asked[group] = {}
            # In a context of its own: the first caller's deadline is not that of the others.
            reading = asyncio.get_running_loop().create_task(self._read_asked(group), context=Context())
            self._readings.add(reading)
            reading.add_done_callback(self._readings.discard)
        asked = self._asked[group]
        if key not in asked:
            asked[key] = asyncio.get_running_loop().create_future()
        return await asyncio.shield(asked[key])

    async def _read_asked(self, group: Group) -> None:
        asked, taken = self._asked[group], dict[Key, asyncio.Future[Value]]()
        try:
            while asked:
                taken = dict(islice(asked.items(), self._at_once))
                for key in taken:
                    del asked[key]
                await self._answer(group, taken)
        finally:
            del self._asked[group]
            for future in (*taken.values(), *asked.values()):
                future.cancel()

    async def _answer(self, group: Group, taken: Mapping[Key, "asyncio.Future[Value]"]) -> None:
        try:
            values = await self._read(group, list(taken))
        except Exception as error:
            for future in taken.values():
                future.set_exception(error)
                # Retrieved, because all who asked may have been cancelled.
                future.exception()
        else:
            for key, future in taken.items():
                future.set_result(values[key])
