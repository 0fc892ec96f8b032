"""Spec 10.9 as an assertion: input blocks the loop for at most 50 ms plus 1 us per byte, and holds at most 64 KiB plus 2 bytes per byte.

The gateway under test shares the loop and the thread with the test. A task that wakes all the time measures for how long nothing else could
run, in processor time, because other processes also delay it. Input that seems too slow is sent again alone, and the best of three runs
counts. The bound is scaled up on a slower processor.
"""

import asyncio
import gc
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Self

TRIES = 3
AT_ONCE = 5
Send = Callable[[], Awaitable[object]]


def _slowness() -> float:
    """Returns the run time of a piece of Python relative to the machine on which the bound was set; at least 1."""
    began = time.thread_time()
    sum(number * number for number in range(200_000))
    return max(1.0, (time.thread_time() - began) / 0.01)


SLOWNESS = _slowness()


def most_seconds(size: int) -> float:
    return (0.05 + size * 1e-6) * SLOWNESS


def most_bytes(size: int) -> int:
    return 2 * size + 64 * 1024


class Gaps:
    """`async with Gaps() as gaps:` `gaps.longest` is the longest time in seconds for which this loop ran nothing else."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last = 0.0
        self._watch: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._last = time.thread_time()
        self._watch = asyncio.create_task(self._look())
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._mark()
        assert self._watch is not None
        self._watch.cancel()

    def _mark(self) -> None:
        now = time.thread_time()
        self.longest, self._last = max(self.longest, now - self._last), now

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(0.001)
            self._mark()


async def must_not_block(what: object, size: int, send: Send) -> None:
    """`send` sends `size` bytes and waits for the outcome; `what` is printed when it takes too long."""
    gaps = []
    for _ in range(TRIES):
        async with Gaps() as seen:
            await send()
        if seen.longest <= most_seconds(size):
            return
        gaps.append(round(seen.longest, 3))
    raise AssertionError(f"{size} bytes blocked the loop for {gaps} s, each time more than {most_seconds(size):.3f} s: {what!r:.300}")


async def must_not_hold(what: object, size: int, send: Send) -> None:
    """Asserts the bound on memory that Python holds after `send`, which closes its connection at the end."""
    held = []
    tracemalloc.start()
    try:
        for _ in range(TRIES):
            gc.collect()
            before = tracemalloc.get_traced_memory()[0]
            await send()
            await asyncio.sleep(0.01)  # the server handles the end of a connection in a later iteration of the loop
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0] - before)
            if held[-1] <= most_bytes(size):
                return
    finally:
        tracemalloc.stop()
    raise AssertionError(f"{size} bytes left {held} bytes behind, each time more than {most_bytes(size)}: {what!r:.300}")


Input = tuple[object, int, Send]


async def must_not_block_each(inputs: Sequence[Input]) -> None:
    """Sends all inputs at once. Sends each alone only when that blocks for longer than the bound of the smallest."""
    async with Gaps() as seen:
        await asyncio.gather(*(send() for _, _, send in inputs))
    if seen.longest > min(most_seconds(size) for _, size, _ in inputs):
        for what, size, send in inputs:
            await must_not_block(what, size, send)


async def must_not_hold_each(inputs: Sequence[Input]) -> None:
    """Does the same for memory."""

    async def send_all() -> None:
        await asyncio.gather(*(send() for _, _, send in inputs))

    try:
        await must_not_hold("all at once", min(size for _, size, _ in inputs), send_all)
    except AssertionError:
        for what, size, send in inputs:
            await must_not_hold(what, size, send)


async def must_be_bounded(inputs: Sequence[Input]) -> None:
    """Asserts both bounds for each input, a few at once."""
    for start in range(0, len(inputs), AT_ONCE):
        some = inputs[start : start + AT_ONCE]
        await must_not_block_each(some)
        await must_not_hold_each(some)
