"""Waiting for a condition instead of sleeping."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], bool | Awaitable[bool]], seconds: float = 60) -> None:
    """Returns once `condition()`, which may be async, holds; fails the test after `seconds`."""
    ends = time.monotonic() + seconds
    while True:
        held = condition()
        if await held if inspect.isawaitable(held) else held:
            return
        assert time.monotonic() < ends, f"the condition was false for {seconds:.0f} s"
        await asyncio.sleep(0.01)
