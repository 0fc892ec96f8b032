"""Runs something asynchronous beside Playwright's own event loop."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TypeVar

Running = TypeVar("Running")
WITHIN = 20


@contextmanager
def in_other_thread(context: AbstractAsyncContextManager[Running]) -> Iterator[Running]:
    """Enters and leaves `context` in an event loop with a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def enter() -> Running:
        return await context.__aenter__()

    async def leave() -> None:
        await context.__aexit__(None, None, None)

    try:
        yield asyncio.run_coroutine_threadsafe(enter(), loop).result(WITHIN)
    finally:
        asyncio.run_coroutine_threadsafe(leave(), loop).result(WITHIN)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(WITHIN)
