"""A page's socket: bytes in, frames to the handlers; frames out, never waiting for whoever reads slowly."""

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from picows import WSFrame, WSListener, WSMsgType, WSTransport

from parley.gateway.v1 import gateway_pb2 as gateway
from servicekit.identity import Caller, new_id
from servicekit.logs import log
from servicekit.metrics import Metrics
from services.gateway.domain.apps import App
from services.gateway.domain.audience import Audience
from services.gateway.domain.open_counts import OpenCounts
from services.gateway.domain.rate_limits import Limit
from services.gateway.handlers import client_frames, server_frames
from services.gateway.handlers.page_frames import PageFrames
from services.gateway.handlers.rate_limiter import RateLimiter, too_many
from services.gateway.handlers.sockets import Sockets
from services.gateway.inbound.pongs import Pongs
from services.gateway.ports import SignedIn

BAD_FRAME = gateway.CLOSE_CODE_BAD_FRAME
TOO_SLOW = gateway.CLOSE_CODE_TOO_SLOW
NOT_READY = gateway.CLOSE_CODE_NOT_READY
INTERNAL_ERROR = 1011
# In the metric, for the standard's codes that picows answers a broken frame with.
PROTOCOL = "protocol"
# Who it is must be known within so many seconds; until then nothing is read.
LET_IN_WITHIN = 10.0
# So many frames beyond the limit are dropped before the socket is closed.
MOST_DROPPED = 500
# After our close frame the page gets so long to read what is before it, in seconds.
CLOSE_WITHIN = 3.0
# picows lends its own buffer to the transport for frames above 8 KiB, which the next frame would overwrite: those go by a buffer of ours.
OWN_BUFFER_ABOVE = 8000
HEADER_ROOM = 14
DATA = (WSMsgType.TEXT, WSMsgType.CONTINUATION)


@dataclass(frozen=True, slots=True)
class SocketParts:
    """What all sockets share. `send_bound`: bytes that may wait for a slow page."""

    sockets: Sockets
    frames: PageFrames
    send_bound: int
    limiter: RateLimiter
    open_counts: OpenCounts
    meters: "Meters"


class Meters:
    def __init__(self, metrics: Metrics) -> None:
        self.open = metrics.gauge("connections", "Open sockets", ["app"])
        self.frames_in = metrics.counter("frames_in_total", "Frames from pages, by kind", ["kind"])
        self.frames_out = metrics.counter("frames_out_total", "Frames to pages")
        self.bytes_out = metrics.counter("sent_bytes_total", "Bytes of frames to pages")
        self.closes = metrics.counter("closes_total", "Sockets that the gateway closed, by close code", ["code"])


class PageSocket(WSListener):
    """Implements ports.Line. It lives from the upgrade to the end of its connection."""

    def __init__(self, shared: SocketParts, app: App, secret: str, named: str, idle: timedelta, address: str) -> None:
        self.id, self.app, self.secret, self.idle, self.address = new_id(), app, secret, idle, address
        self._dropped = 0
        self.received_at = asyncio.get_running_loop().time()
        self._shared, self._named = shared, named
        self._who: SignedIn | None = None
        self._expires_at = datetime.max.replace(tzinfo=UTC)
        self._parts = bytearray()
        self._closing = False
        self._pongs = Pongs(self._pong)
        self._transport: WSTransport
        self._admission: asyncio.Task[None] | None = None

    # ---- ports.Line

    @property
    def viewer(self) -> Caller:
        assert self._who is not None, "handlers know only lines that were let in"
        return self._who.caller

    @property
    def sign_in_id(self) -> str:
        return self.viewer.sign_in_id

    @property
    def expires_at(self) -> datetime:
        return self._expires_at

    @property
    def audience(self) -> Audience:
        return Audience.ENGINEER if self.app is App.TECH else Audience.CUSTOMER

    @property
    def shared_tickets(self) -> bool:
        return self._who is not None and self._who.sign_in.company.shared_tickets

    def identify(self, who: SignedIn) -> None:
        self._who, self._expires_at = who, who.expires_at
        # Silence counts from here: until now the page had nothing to answer.
        self.received_at = asyncio.get_running_loop().time()

    def send(self, frame: bytes) -> None:
        if self._closing:
            return
        transport = self._transport
        if len(frame) > OWN_BUFFER_ABOVE:
            transport.send_reuse_external_bytearray(WSMsgType.TEXT, bytearray(HEADER_ROOM) + frame, HEADER_ROOM)
        else:
            transport.send(WSMsgType.TEXT, frame)
        meters = self._shared.meters
        meters.frames_out.inc()
        meters.bytes_out.inc(len(frame))
        self._keep_within_bound()

    def ping(self) -> None:
        if not self._closing:
            self._transport.send_ping()
            self._keep_within_bound()

    def close(self, code: int) -> None:
        if self._closing:
            return
        self._transport.send_close(code)  # type: ignore[arg-type]  # any number will do
        self._closed(str(code))

    def _keep_within_bound(self) -> None:
        if self._transport.underlying_transport.get_write_buffer_size() > self._shared.send_bound:
            self.close(TOO_SLOW)

    def _closed(self, why: str) -> None:
        self._shared.meters.closes.labels(why).inc()
        self._end()

    def _end(self) -> None:
        self._closing = True
        # Nothing more reaches the page, so nobody need tell it anything; the connection itself may linger for a moment.
        self._detach()
        self._read_on()
        asyncio.get_running_loop().call_later(CLOSE_WITHIN, self._transport.disconnect, False)

    # ---- the connection (websocket.py)

    @property
    def is_identified(self) -> bool:
        return self._who is not None

    @property
    def is_closing(self) -> bool:
        return self._closing

    def broke_the_protocol(self) -> None:
        """picows has sent its own close frame: what came was no frame, or too large."""
        self._shared.meters.frames_in.labels("malformed").inc()
        self._closed(PROTOCOL)

    # ---- picows

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._shared.meters.open.labels(self.app.value).inc()
        self._shared.open_counts.opened(self.address)
        transport.underlying_transport.pause_reading()
        self._admission = asyncio.get_running_loop().create_task(self._admit())

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._closing = True
        self._shared.meters.open.labels(self.app.value).dec()
        self._shared.open_counts.closed(self.address)
        self._detach()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        self.received_at = asyncio.get_running_loop().time()
        kind = frame.msg_type
        if kind == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code(), frame.get_close_message())
            transport.disconnect()
            if not self._closing:
                # What waits for a page that reads nothing must not hold the connection.
                self._end()
        elif self._closing:
            return
        elif wait := self._shared.limiter.wait(Limit.FRAMES, by=self._who.caller if self._who else None, address=self.address):
            self._too_many(frame, wait)
        elif kind == WSMsgType.PING:
            self._pongs.pinged(frame.get_payload_as_bytes())
        elif kind == WSMsgType.BINARY:
            self.close(BAD_FRAME)
        elif kind in DATA:
            self._text(frame)

    def _too_many(self, frame: WSFrame, wait: float) -> None:
        """The frame is dropped; a post is answered. A page that goes on and on, or lost a part of a frame, must come back."""
        self._dropped += 1
        in_parts = frame.msg_type in DATA and (not frame.fin or bool(self._parts))
        if in_parts or self._dropped > MOST_DROPPED:
            self.close(gateway.CLOSE_CODE_TOO_MANY)
        elif frame.msg_type == WSMsgType.TEXT and frame.payload_size <= client_frames.MAX_BYTES:
            with contextlib.suppress(client_frames.NotAFrame, client_frames.BadFrame):
                post = client_frames.decode(frame.get_payload_as_bytes())
                if isinstance(post, client_frames.PostFrame):
                    self._shared.frames.refuse_post(self, post, too_many(Limit.FRAMES, wait))

    def _pong(self, payload: bytes) -> None:
        if not self._closing:
            self._transport.send_pong(payload)
            self._keep_within_bound()

    def pause_writing(self) -> None:
        """`send` looks at the buffer itself."""

    def resume_writing(self) -> None:
        """See pause_writing."""

    def _text(self, frame: WSFrame) -> None:
        if frame.payload_size + len(self._parts) > client_frames.MAX_BYTES:
            self.close(BAD_FRAME)
            return
        data = frame.get_payload_as_bytes()
        if not frame.fin or self._parts:
            self._parts += data
            if not frame.fin:
                return
            data, self._parts = bytes(self._parts), bytearray()
        try:
            self._received(data)
        except Exception:
            log.exception("frame_failed", connection=self.id)
            self.close(INTERNAL_ERROR)

    def _received(self, data: bytes) -> None:
        meters = self._shared.meters
        try:
            frame = client_frames.decode(data)
        except client_frames.NotAFrame:
            meters.frames_in.labels("malformed").inc()
            self.close(BAD_FRAME)
            return
        except client_frames.BadFrame as bad:
            meters.frames_in.labels("refused").inc()
            self.send(server_frames.refused(bad.command_id, server_frames.refusal_of(bad)))
            return
        meters.frames_in.labels(type(frame).__name__).inc()
        self._shared.frames.received(self, frame)

    async def _admit(self) -> None:
        try:
            async with asyncio.timeout(LET_IN_WITHIN):
                admit = await self._shared.sockets.admit(self, self.app, self._named)
        except TimeoutError:
            self.close(NOT_READY)
            return
        if admit:
            self._read_on()

    def _read_on(self) -> None:
        if not self._transport.underlying_transport.is_closing():
            self._transport.underlying_transport.resume_reading()

    def _detach(self) -> None:
        self._pongs.stop()
        if self._admission is not None and self._admission is not asyncio.current_task():
            self._admission.cancel()
        self._shared.sockets.removed(self)
        self._shared.frames.gone(self)
