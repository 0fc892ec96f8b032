"""Times calls through the real gateway, one after the other, and names the machine."""

import os
import platform
import time
from collections.abc import Awaitable, Callable, Mapping

import psutil

from bench.figures import quantile

Call = Callable[[int], Awaitable[object]]
# The first calls fill caches and open connections.
WARM_UP = 3


async def rows_of(about: str, calls: Mapping[str, Call], times: int) -> list[dict[str, str]]:
    """A row for each call: its p50, p99 and slowest in milliseconds. A call gets the number of its repeat."""
    rows = []
    for name, call in calls.items():
        taken = []
        for number in range(WARM_UP + times):
            began = time.perf_counter()
            await call(number)
            taken.append((time.perf_counter() - began) * 1000)
        delays = sorted(taken[WARM_UP:])
        figures = {"p50 ms": quantile(delays, 0.5), "p99 ms": quantile(delays, 0.99), "slowest ms": delays[-1]}
        rows.append({"situation": about, "call": name, **{key: f"{value:.1f}" for key, value in figures.items()}})
    return rows


def machine() -> str:
    """The cores, the memory and what else runs: the load of the last minute, of which 0 is a quiet machine."""
    cores, memory = psutil.cpu_count() or 0, psutil.virtual_memory().total / 2**30
    return f"{cores} cores, {memory:.0f} GiB, {platform.machine()}; load {os.getloadavg()[0]:.1f} before the run"
