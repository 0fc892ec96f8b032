"""The bound on open connections of the browsers' port, in all and for one address."""

import asyncio
from typing import Protocol

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from servicekit.metrics import Metrics
from servicekit.refusal_log import RefusalLog
from services.gateway.domain.limits import OpenCounts, address_key

# File descriptors for probes, metrics, logs, brokers and peers.
RESERVED_FILES = 200
# Reasons that are the port's own and no attempt of a client. The listener logs the first by itself.
UNLOGGED = frozenset({"accept_failed", "idle"})


class Idle(Protocol):
    def make_room(self) -> None:
        """Closes the connection at once."""


class Connections:
    """Counts open connections, sockets included, and refusals.

    One address may have half of them, unless all come from a trusted proxy: then addresses are not bounded. When the port is full, the
    connection that has been idle longest is closed for the new one, as nginx does.
    """

    def __init__(self, most: int, files: int, metrics: Metrics, refusals: RefusalLog, *, by_address: bool = True) -> None:
        """`files` is the process's limit of open files."""
        self.most = max(1, min(most, files - RESERVED_FILES))
        self.open, self._log = 0, refusals
        self._by_address, self._of_address = by_address, OpenCounts(max(1, self.most // 2))
        # In the order in which they became idle.
        self._idle: dict[Idle, None] = {}
        self._gauge = metrics.gauge("http_connections", "Open connections on the browsers' port, sockets included")
        self._refusals = metrics.counter("http_refusals_total", "Connections and requests that were refused unserved", ["reason"])
        self._refusals.labels("connections")  # from 0 on, so that an increase counts the first one too

    def take(self, address: str) -> bool:
        """Whether there is room for one more connection of this IP address; if so it is counted until it is given back."""
        key = address_key(address)
        if self._by_address and not self._of_address.has_room(key):
            self.refused("address_connections")
            return False
        if self.open >= self.most and not self._make_room():
            self.refused("connections")
            return False
        self._of_address.opened(key)
        self._count(1)
        return True

    def give_back(self, address: str) -> None:
        self._of_address.closed(address_key(address))
        self._count(-1)

    def is_idle(self, connection: Idle) -> None:
        """The connection was accepted, or waits for its next request."""
        self._idle.setdefault(connection)

    def is_busy(self, connection: Idle) -> None:
        """The connection has a request, has become a socket, or is closing."""
        self._idle.pop(connection, None)

    def refused(self, reason: str) -> None:
        self._refusals.labels(reason).inc()
        if reason not in UNLOGGED:
            self._log.add("connection_refused", reason)

    def end(self) -> None:
        """The port is closed: writes how many refusals the log has left out."""
        self._log.flush()

    def _make_room(self) -> bool:
        """Whether one was closed. It is given back in the next turn of the event loop; until then the count is above the bound."""
        oldest = next(iter(self._idle), None)
        if oldest is None:
            return False
        del self._idle[oldest]
        self.refused("idle")
        oldest.make_room()
        return True

    def _count(self, change: int) -> None:
        self.open += change
        self._gauge.set(self.open)


def peer_of(transport: asyncio.BaseTransport) -> str:
    """The IP address at the other end."""
    return str((transport.get_extra_info("peername") or ("",))[0])


def last_answer(status: int, field: bytes = b"") -> bytes:
    """A response without a body, after which the connection closes. `field` is one more header field with its line end."""
    return STATUS_LINE[status] + b"content-length: 0\r\ncache-control: no-store\r\n" + field + b"connection: close\r\n\r\n"
