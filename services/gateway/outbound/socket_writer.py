"""The sending half of a page's socket: frames, pings, pongs and the close frame, within a bound on what a slow page leaves unread."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache

from picows import WSTransport

from parley.gateway.v1 import gateway_pb2 as gateway
from servicekit.logs import log
from servicekit.metrics import Metrics

TOO_SLOW = gateway.CLOSE_CODE_TOO_SLOW
INTERNAL_ERROR = 1011
# Seconds that the page has to read what precedes our close frame.
CLOSE_WITHIN = 3.0
# Seconds between two pongs.
PONG_EVERY = 1.0
# Unsent bytes above which frames do not wait for the end of the turn.
FLUSH_ABOVE = 64 * 1024
# A whole text frame's first byte and a ping without payload (RFC 6455 section 5.2), as a server sends them: unmasked.
TEXT, PING = b"\x81", b"\x89\x00"


class Meters:
    """What all sockets are measured by. `frames_in` counts by kind, `frames_out` and `bytes_out` count what was sent."""

    def __init__(self, metrics: Metrics) -> None:
        self.open = metrics.gauge("connections", "Open sockets", ["app"])
        self.closes = metrics.counter("closes_total", "Sockets that the gateway closed, by close code", ["code"])
        self.closes.labels("4408")  # from 0 on, so that an increase counts the first one too
        self.frames_in: defaultdict[tuple[str, ...], int] = defaultdict(int)
        self.frames_out = self.bytes_out = 0
        metrics.counter_of("frames_in_total", "Frames from pages, by kind", lambda: self.frames_in, ["kind"])
        metrics.counter_of("frames_out_total", "Frames to pages", lambda: {(): self.frames_out})
        metrics.counter_of("sent_bytes_total", "Bytes of frames to pages", lambda: {(): self.bytes_out})


@lru_cache(maxsize=4096)
def header_of(size: int) -> bytes:
    """The header of a text frame with a payload of `size` bytes."""
    if size < 126:
        return TEXT + bytes((size,))
    return TEXT + (b"\x7e" + size.to_bytes(2, "big") if size < 1 << 16 else b"\x7f" + size.to_bytes(8, "big"))


class Turn:
    """The writers with frames of this turn of the event loop. One callback writes them all: a message may go to thousands of sockets."""

    def __init__(self) -> None:
        self._writers: list[SocketWriter] = []

    def add(self, writer: "SocketWriter") -> None:
        if not self._writers:
            asyncio.get_running_loop().call_soon(self._write)
        self._writers.append(writer)

    def _write(self) -> None:
        writers, self._writers = self._writers, []
        for writer in writers:
            writer.flush()


class SocketWriter:
    """Sends without waiting. Above `send_bound` unsent bytes the socket is closed. `ended` is called when it begins to close.

    The frames of one turn of the event loop are written together, because a write costs more than making the frame.
    """

    def __init__(self, transport: WSTransport, send_bound: int, meters: Meters, turn: Turn, ended: Callable[[], None]) -> None:
        self._transport, self._send_bound, self._meters, self._turn, self._ended = transport, send_bound, meters, turn, ended
        self._pongs = Pongs(self._send_pong)
        # Frames of this turn, with their headers, and the size of their payloads.
        self._unsent: list[bytes] = []
        self._unsent_bytes = 0
        self.is_closing = False

    def send(self, frame: bytes) -> None:
        if self.is_closing:
            return
        size = len(frame)
        self._meters.frames_out += 1
        self._meters.bytes_out += size
        self._add(header_of(size), frame)
        self._unsent_bytes += size
        if self._unsent_bytes > FLUSH_ABOVE:
            self.flush()

    def ping(self) -> None:
        if not self.is_closing:
            self._add(PING)

    def pong(self, payload: bytes) -> None:
        """Answers a ping, now or together with later ones."""
        self._pongs.pinged(payload)

    def close(self, code: int, reason: str = "") -> None:
        """Sends a close frame after what was sent before. A repeat changes nothing."""
        self.flush()
        if not self.is_closing:
            self._transport.send_close(code, reason.encode() or None)  # type: ignore[arg-type]  # any number will do
            self.end(str(code))

    def end(self, counted_as: str = "") -> None:
        """A close frame was sent: sends nothing more, and cuts the connection after CLOSE_WITHIN. `counted_as` is the metric's code, empty
        if the page closed the socket."""
        if counted_as:
            self._meters.closes.labels(counted_as).inc()
        self.is_closing = True
        self._pongs.stop()
        self._ended()
        asyncio.get_running_loop().call_later(CLOSE_WITHIN, self._transport.disconnect, False)

    def disconnected(self) -> None:
        """The connection is closed: sends nothing more. A repeat changes nothing."""
        self.is_closing = True
        self._pongs.stop()

    def flush(self) -> None:
        """Writes what waits for the end of the turn. A write that fails closes this socket and disturbs no other."""
        unsent = self._unsent
        if not unsent:
            return
        self._unsent, self._unsent_bytes = [], 0
        try:
            stream = self._transport.underlying_transport
            if not self.is_closing and not stream.is_closing():
                stream.write(b"".join(unsent))
                self._keep_within_bound()
        except Exception:
            log.exception("socket_write_failed")
            self._fail()

    def _fail(self) -> None:
        """The page misses frames: it must connect again, because then it loads what it missed."""
        if not self.is_closing:
            with suppress(Exception):
                try:
                    self._transport.send_close(INTERNAL_ERROR, None)  # type: ignore[arg-type]
                finally:
                    self.end(str(INTERNAL_ERROR))

    def _add(self, *parts: bytes) -> None:
        if not self._unsent:
            self._turn.add(self)
        self._unsent += parts

    def _send_pong(self, payload: bytes) -> None:
        if not self.is_closing:
            self._transport.send_pong(payload)
            self._keep_within_bound()

    def _keep_within_bound(self) -> None:
        if self._transport.underlying_transport.get_write_buffer_size() > self._send_bound:
            self.close(TOO_SLOW)


class Pongs:
    """At most one pong a second. It carries the latest ping's payload, as RFC 6455 allows."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send
        self._ping: bytes | None = None
        self._pausing: asyncio.TimerHandle | None = None

    def pinged(self, payload: bytes) -> None:
        """The payload has at most 125 bytes, as in every control frame."""
        self._ping = payload
        if self._pausing is None:
            self._answer()

    def stop(self) -> None:
        """Sends no further pong. A repeat changes nothing."""
        self._ping = None
        if self._pausing is not None:
            self._pausing.cancel()
            self._pausing = None

    def _answer(self) -> None:
        self._pausing = None
        if self._ping is not None:
            payload, self._ping = self._ping, None
            self._pausing = asyncio.get_running_loop().call_later(PONG_EVERY, self._answer)
            self._send(payload)
