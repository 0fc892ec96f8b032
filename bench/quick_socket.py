"""A page's socket at a fraction of a WebSocket library's CPU, so that a generator is not what it measures."""

import asyncio
from typing import cast

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
HEAD = (
    "GET {path} HTTP/1.1\r\nhost: {host}\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\n"
    "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{headers}\r\n"
)
END_OF_HEAD = b"\r\n\r\n"
# A client masks its frames (RFC 6455 section 5.3). The server removes a mask of zeros as any other one.
MASKED, MASK = 0x80, bytes(4)


def frame(kind: int, payload: bytes) -> bytes:
    """A whole frame of a client, with at most 125 bytes of payload."""
    return bytes((0x80 | kind, MASKED | len(payload))) + MASK + payload


BEAT = frame(TEXT, b'{"t": "beat"}')


class QuickSocket(asyncio.Protocol):
    """Answers beats, pings and the close frame, as a browser with an app does. `welcome` is done at the first frame; it fails with
    ConnectionError if the gateway refuses the upgrade or closes the socket before. `closed` is done when the connection has ended."""

    def __init__(self, path: str, host: str, headers: str) -> None:
        """`headers` end with a line end."""
        loop = asyncio.get_running_loop()
        self.welcome: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()
        self._head = HEAD.format(path=path, host=host, headers=headers).encode()
        self._transport: asyncio.Transport
        # Of an unfinished head or frame.
        self._rest = b""
        self._upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not subclasses of asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._head)
        self._head = b""

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        if not self._upgraded:
            head, end, rest = data.partition(END_OF_HEAD)
            if not end:
                self._rest = data
                return
            if not head.startswith(b"HTTP/1.1 101 "):
                self._transport.abort()
                return
            self._upgraded, data = True, rest
        self._rest = self._frames(data)

    def connection_lost(self, error: Exception | None) -> None:
        self.closed.set_result(None)
        if not self.welcome.done():
            self.welcome.set_exception(ConnectionError("closed before the welcome"))
            # Retrieved, because nobody may wait for it any more.
            self.welcome.exception()

    def _frames(self, data: bytes) -> bytes:
        """Takes the whole frames of `data` and returns the rest. A server's frames are not masked, and the gateway's are not in parts."""
        at = 0
        while len(data) - at >= 2:
            kind, size, start = data[at] & 0x0F, data[at + 1], at + 2
            if size > 125:
                length = 2 if size == 126 else 8
                size, start = int.from_bytes(data[start : start + length], "big"), start + length
            if start + size > len(data):
                break
            self._received(kind, data[start : start + size])
            at = start + size
        return data[at:]

    def _received(self, kind: int, payload: bytes) -> None:
        if kind == CLOSE:
            self._transport.write(frame(CLOSE, payload[:125]))
            self._transport.close()
        elif kind == PING:
            self._transport.write(frame(PONG, payload[:125]))
        elif not self.welcome.done():
            self.welcome.set_result(None)
        elif b"serverBeat" in payload:
            self._transport.write(BEAT)
