"""Limits how many pushes are in flight, so that a slow endpoint or a push service that is down does not delay the others.

At most MAX_IN_FLIGHT at a time, and at most MAX_PER_HOST to one host. A host with MAX_TO_SILENT or more in flight that has not answered
any of them for SILENT_SECONDS gets no further push until it answers: further pushes to it are tried later. So one slow endpoint of a host
that answers others holds one slot, and a host that is down holds half of the slots until the first attempts time out, then MAX_TO_SILENT.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

MAX_IN_FLIGHT, MAX_PER_HOST, MAX_TO_SILENT = 100, 50, 4
SILENT_SECONDS = 2.0


class HostSilent(Exception):
    """The host does not answer what is in flight, or all its slots are taken."""


class _Host:
    def __init__(self) -> None:
        self.free = asyncio.Semaphore(MAX_PER_HOST)
        self.users = self.in_flight = 0
        # When it last answered, or when it got the first push after it had none.
        self.answered = 0.0

    @property
    def silent(self) -> bool:
        return self.in_flight >= MAX_TO_SILENT and time.monotonic() - self.answered > SILENT_SECONDS


class PushSlots:
    """Keeps only hosts with pushes in flight or waiting. These times limit the network, so they are real ones, not the clock's."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(MAX_IN_FLIGHT)
        self._hosts: dict[str, _Host] = {}

    @property
    def in_flight(self) -> int:
        return sum(host.in_flight for host in self._hosts.values())

    def answered(self, name: str) -> None:
        """A push in flight to this host was answered or failed."""
        if host := self._hosts.get(name):
            host.answered = time.monotonic()

    @asynccontextmanager
    async def to(self, name: str) -> AsyncIterator[None]:
        """Waits for a slot, SILENT_SECONDS at most for one of the host. Raises HostSilent."""
        host = self._hosts.setdefault(name, _Host())
        host.users += 1
        try:
            await _take(host)
            try:
                async with self._free:
                    host.answered = host.answered if host.in_flight else time.monotonic()
                    host.in_flight += 1
                    try:
                        yield
                    finally:
                        host.in_flight -= 1
            finally:
                host.free.release()
        finally:
            host.users -= 1
            if not host.users:
                del self._hosts[name]


async def _take(host: _Host) -> None:
    if host.silent:
        raise HostSilent
    try:
        async with asyncio.timeout(SILENT_SECONDS):
            await host.free.acquire()
    except TimeoutError:
        raise HostSilent from None
    if host.silent:
        host.free.release()
        raise HostSilent
