"""The sending half of a page's socket: frames, pings, pongs and the close frame, within a bound on what a slow page leaves unread."""

import asyncio
from collections.abc import Callable

from picows import WSMsgType, WSTransport

from parley.gateway.v1 import gateway_pb2 as gateway
from servicekit.metrics import Metrics

TOO_SLOW = gateway.CLOSE_CODE_TOO_SLOW
# Seconds that the page has to read what precedes our close frame.
CLOSE_WITHIN = 3.0
# Seconds between two pongs.
PONG_EVERY = 1.0
# picows passes its own buffer to the transport for frames above 8 KiB, and the next frame overwrites it. Larger frames use our buffer.
OWN_BUFFER_ABOVE = 8000
HEADER_ROOM = 14


class Meters:
    """What all sockets are measured by."""

    def __init__(self, metrics: Metrics) -> None:
        self.open = metrics.gauge("connections", "Open sockets", ["app"])
        self.frames_in = metrics.counter("frames_in_total", "Frames from pages, by kind", ["kind"])
        self.frames_out = metrics.counter("frames_out_total", "Frames to pages")
        self.bytes_out = metrics.counter("sent_bytes_total", "Bytes of frames to pages")
        self.closes = metrics.counter("closes_total", "Sockets that the gateway closed, by close code", ["code"])


class SocketWriter:
    """Sends without waiting. Above `send_bound` unsent bytes the socket is closed. `ended` is called when it begins to close."""

    def __init__(self, transport: WSTransport, send_bound: int, meters: Meters, ended: Callable[[], None]) -> None:
        self._transport, self._send_bound, self._meters, self._ended = transport, send_bound, meters, ended
        self._pongs = Pongs(self._send_pong)
        self.is_closing = False

    def send(self, frame: bytes) -> None:
        if self.is_closing:
            return
        if len(frame) > OWN_BUFFER_ABOVE:
            self._transport.send_reuse_external_bytearray(WSMsgType.TEXT, bytearray(HEADER_ROOM) + frame, HEADER_ROOM)
        else:
            self._transport.send(WSMsgType.TEXT, frame)
        self._meters.frames_out.inc()
        self._meters.bytes_out.inc(len(frame))
        self._keep_within_bound()

    def ping(self) -> None:
        if not self.is_closing:
            self._transport.send_ping()
            self._keep_within_bound()

    def pong(self, payload: bytes) -> None:
        """Answers a ping, now or together with later ones."""
        self._pongs.pinged(payload)

    def close(self, code: int, reason: str = "") -> None:
        """Sends a close frame. A repeat changes nothing."""
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
