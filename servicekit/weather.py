"""What loops do about errors that pass by themselves: a store, broker or peer that is away is weather, no crash."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from servicekit.errors import as_typed
from servicekit.logs import log

T = TypeVar("T")
FIRST_REST, LONGEST_REST = 0.1, 2.0


async def outlast(what: str, work: Callable[[], Awaitable[T]]) -> T:
    """What `work` comes to. While it fails for now it rests and begins again, longer each time; the log hears of it once. What no waiting
    mends is raised."""
    rest = FIRST_REST
    while True:
        try:
            return await work()
        except Exception as error:
            typed = as_typed(error)
            if typed is None or not typed.transient:
                raise
            if rest == FIRST_REST:
                log.warning("put_off", what=what, reason=typed.code)
        await asyncio.sleep(rest * random.uniform(0.8, 1.2))
        rest = min(rest * 2, LONGEST_REST)
