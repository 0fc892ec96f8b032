"""Spec 10.9 as an assertion: what somebody sends blocks the loop for 50 ms and 1 us a byte at most, and holds 2 bytes a byte and 64 KiB.

The gateway under test shares the loop and the thread with the test, so a task that wakes all the time sees for how long nothing else could
run: as time of the processor, since other work of the machine also makes it wait. What looks too slow is sent alone again, and the best
of three counts. A machine whose processor is slower gets as much more.
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
    """How many times as long as on the machine that the bound was set on a piece of Python takes; at least 1."""
    began = time.thread_time()
    sum(number * number for number in range(200_000))
    return max(1.0, (time.thread_time() - began) / 0.01)


SLOWNESS = _slowness()


def most_seconds(size: int) -> float:
    return (0.05 + size * 1e-6) * SLOWNESS


def most_bytes(size: int) -> int:
    return 2 * size + 64 * 1024


class Gaps:
    """`async with Gaps() as gaps:` the longest time for which this loop ran nothing else is `gaps.longest`."""

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
    """`send` sends `size` bytes and waits for the outcome; `what` is named when it takes too long."""
    gaps = []
    for _ in range(TRIES):
        async with Gaps() as seen:
            await send()
        if seen.longest <= most_seconds(size):
            return
        gaps.append(round(seen.longest, 3))
    raise AssertionError(f"{size} bytes blocked the loop for {gaps} s, each time more than {most_seconds(size):.3f} s: {what!r:.300}")


async def must_not_hold(what: object, size: int, send: Send) -> None:
    """What Python has allocated and not given back after `send`, which ends by closing its connection."""
    held = []
    tracemalloc.start()
    try:
        for _ in range(TRIES):
            gc.collect()
            before = tracemalloc.get_traced_memory()[0]
            await send()
            await asyncio.sleep(0.01)  # the server sees a connection's end in a later turn of the loop
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0] - before)
            if held[-1] <= most_bytes(size):
                return
    finally:
        tracemalloc.stop()
    raise AssertionError(f"{size} bytes left {held} bytes behind, each time more than {most_bytes(size)}: {what!r:.300}")


Input = tuple[object, int, Send]


async def must_not_block_each(inputs: Sequence[Input]) -> None:
    """Sends them all at once; only when that blocks for longer than the smallest may, each of them alone."""
    async with Gaps() as seen:
        await asyncio.gather(*(send() for _, _, send in inputs))
    if seen.longest > min(most_seconds(size) for _, size, _ in inputs):
        for what, size, send in inputs:
            await must_not_block(what, size, send)


async def must_not_hold_each(inputs: Sequence[Input]) -> None:
    """The same for memory."""

    async def send_all() -> None:
        await asyncio.gather(*(send() for _, _, send in inputs))

    try:
        await must_not_hold("all at once", min(size for _, size, _ in inputs), send_all)
    except AssertionError:
        for what, size, send in inputs:
            await must_not_hold(what, size, send)


async def must_be_bounded(inputs: Sequence[Input]) -> None:
    """Both for each, a few at once."""
    for start in range(0, len(inputs), AT_ONCE):
        some = inputs[start : start + AT_ONCE]
        await must_not_block_each(some)
        await must_not_hold_each(some)
