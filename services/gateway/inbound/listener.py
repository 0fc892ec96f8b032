"""Accepts connections on the browsers' port, up to a bound that leaves files for everything else.

asyncio's own server has no bound on open connections.
"""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable
from typing import Any

from servicekit.logs import log
from services.gateway.inbound.connections import Connections, last_answer

ACCEPTED_AT_ONCE = 64
PAUSE_SECONDS = 0.1
OUT_OF_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Listener:
    """`new_protocol` creates the protocol of one connection, an asyncio.Protocol that is also Idle: `make_room` may be called
    before `connection_made`."""

    def __init__(self, listening: socket.socket, connections: Connections, new_protocol: Callable[[], Any]) -> None:
        self._listening, self._connections, self._new_protocol = listening, connections, new_protocol
        self._opening: set[asyncio.Task[None]] = set()
        self._retry: asyncio.TimerHandle | None = None
        self._failing = False

    def start(self) -> None:
        self._listening.setblocking(False)
        self._listen()

    def close(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
        asyncio.get_running_loop().remove_reader(self._listening)
        self._listening.close()

    def _listen(self) -> None:
        asyncio.get_running_loop().add_reader(self._listening, self._accept)

    def _accept(self) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                accepted, peer = self._listening.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if error.errno in OUT_OF_FILES:
                    self._wait(error)
                    return
                continue  # closed by the peer before it was accepted
            self._failing = False
            self._open(accepted, str(peer[0]))

    def _wait(self, error: OSError) -> None:
        self._connections.refused("accept_failed")
        if not self._failing:
            # Logged once until it works again, so that the log does not fill the disk.
            log.error("accept_failed", reason=errno.errorcode.get(error.errno or 0, ""), open=self._connections.open)
        self._failing = True
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._listening)
        self._retry = loop.call_later(PAUSE_SECONDS, self._listen)

    def _open(self, accepted: socket.socket, address: str) -> None:
        accepted.setblocking(False)
        if not self._connections.take(address):
            _refuse(accepted)
            return
        protocol = self._new_protocol()
        # At once, because a burst is accepted before the event loop connects the first protocol.
        self._connections.is_idle(protocol)
        opening = asyncio.get_running_loop().create_task(self._serve(accepted, address, protocol))
        self._opening.add(opening)
        opening.add_done_callback(self._opening.discard)

    async def _serve(self, accepted: socket.socket, address: str, protocol: Any) -> None:
        try:
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().connect_accepted_socket(lambda: protocol, accepted)
        except OSError:
            # Closed by the peer before a protocol was connected.
            accepted.close()
            self._connections.is_busy(protocol)
            self._connections.give_back(address)


def _refuse(accepted: socket.socket) -> None:
    """Answers 503 without a transport. Reads what was sent first, because closing with unread bytes would lose the answer."""
    with accepted, contextlib.suppress(OSError):
        with contextlib.suppress(BlockingIOError):
            accepted.recv(65_536)
        accepted.send(last_answer(503, b"retry-after: 5\r\n"))
        accepted.shutdown(socket.SHUT_WR)
