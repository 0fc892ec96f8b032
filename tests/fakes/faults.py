"""Faults that tests give to `wiring`: a service stops exactly at a named point."""

import asyncio


class Crash(Exception):
    """Raised at the point: the code that runs it must start again from what is stored."""


class CrashesAt:
    """Raises Crash the first `times` times that `point` is reached; counts all visits."""

    def __init__(self, point: str, times: int = 1) -> None:
        self.point, self.times, self.visits = point, times, 0
        self.seen = asyncio.Event()

    async def reached(self, point: str) -> None:
        if point != self.point:
            return
        self.visits += 1
        self.seen.set()
        if self.visits <= self.times:
            raise Crash(point)


class StopsAt:
    """Never returns from `point`, as if the process were killed there: throw the app away and start another on the same store."""

    def __init__(self, point: str) -> None:
        self.point, self.seen = point, asyncio.Event()

    async def reached(self, point: str) -> None:
        if point == self.point:
            self.seen.set()
            await asyncio.Event().wait()
