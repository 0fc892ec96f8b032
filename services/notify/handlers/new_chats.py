"""Lets the alerts of new chats pass: work on many people waits between its steps while a new chat is on its way to its alerts.

On a desk with hundreds of engineers the notifications of one chat take a tenth of a second, and so do those that no page confirms. The
alerts of the next chat must not wait for that.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

# Seconds that a step waits at most, so that a chat whose alerts cannot be saved or published delays notifications by little.
LONGEST = 0.1


class NewChats:
    """Those that this replica handles now. Belongs to one event loop."""

    def __init__(self) -> None:
        self._count, self._none = 0, asyncio.Event()
        self._none.set()

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Around the handling of a new chat."""
        self._count += 1
        self._none.clear()
        try:
            yield
        finally:
            self._count -= 1
            if not self._count:
                self._none.set()

    async def pass_first(self) -> None:
        """Call before each step. Also lets records that have come begin to be handled."""
        await asyncio.sleep(0)
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST):
                await self._none.wait()
