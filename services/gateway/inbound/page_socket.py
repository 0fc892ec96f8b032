"""A page's socket: bytes in, frames to the handlers; frames out, never waiting for whoever reads slowly."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from picows import WSFrame, WSListener, WSMsgType, WSTransport

from parley.gateway.v1 import gateway_pb2 as gateway
from servicekit.identity import Caller, new_id
from servicekit.logs import log
from servicekit.metrics import Metrics
from services.gateway.domain.apps import App
from services.gateway.domain.audience import Audience
from services.gateway.handlers import client_frames, server_frames
from services.gateway.handlers.lines import Lines
from services.gateway.handlers.page_frames import PageFrames
from services.gateway.ports import SignedIn

BAD_FRAME = gateway.CLOSE_CODE_BAD_FRAME
TOO_SLOW = gateway.CLOSE_CODE_TOO_SLOW
INTERNAL_ERROR = 1011
# What a page may say before it is known who it is.
EARLY_FRAMES = 32
# After our close frame the page gets so long to read what is before it, in seconds.
CLOSE_WITHIN = 3.0
# picows lends its own buffer to the transport for frames above 8 KiB, which the next frame would overwrite: those go by a buffer of ours.
OWN_BUFFER_ABOVE = 8000
HEADER_ROOM = 14
DATA = (WSMsgType.TEXT, WSMsgType.CONTINUATION)


@dataclass(frozen=True, slots=True)
class Wiring:
    """What all sockets share. `send_bound`: bytes that may wait for a slow page."""

    lines: Lines
    frames: PageFrames
    send_bound: int
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

    def __init__(self, wiring: Wiring, app: App, secret: str, named: str, idle: timedelta) -> None:
        self.id, self.app, self.secret, self.idle = new_id(), app, secret, idle
        self.heard_at = asyncio.get_running_loop().time()
        self._wiring, self._named = wiring, named
        self._who: SignedIn | None = None
        self._expires_at = datetime.max.replace(tzinfo=UTC)
        self._early: list[client_frames.Frame] | None = []
        self._parts = bytearray()
        self._closing = False
        self._transport: WSTransport
        self._letting_in: asyncio.Task[None] | None = None

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

    def know(self, who: SignedIn) -> None:
        self._who, self._expires_at = who, who.expires_at
        # Silence counts from here: until now the page had nothing to answer.
        self.heard_at = asyncio.get_running_loop().time()

    def send(self, frame: bytes) -> None:
        if self._closing:
            return
        transport = self._transport
        if len(frame) > OWN_BUFFER_ABOVE:
            transport.send_reuse_external_bytearray(WSMsgType.TEXT, bytearray(HEADER_ROOM) + frame, HEADER_ROOM)
        else:
            transport.send(WSMsgType.TEXT, frame)
        meters = self._wiring.meters
        meters.frames_out.inc()
        meters.bytes_out.inc(len(frame))
        if transport.underlying_transport.get_write_buffer_size() > self._wiring.send_bound:
            self.close(TOO_SLOW)

    def ping(self) -> None:
        if not self._closing:
            self._transport.send_ping()

    def close(self, code: int) -> None:
        if self._closing:
            return
        self._closing = True
        self._wiring.meters.closes.labels(str(code)).inc()
        self._transport.send_close(code)  # type: ignore[arg-type]  # any number will do
        # Nothing more reaches the page, so nobody need tell it anything; the connection itself may linger for a moment.
        self._leave()
        asyncio.get_running_loop().call_later(CLOSE_WITHIN, self._transport.disconnect, False)

    # ---- picows

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._wiring.meters.open.labels(self.app.value).inc()
        self._letting_in = asyncio.get_running_loop().create_task(self._let_in())

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._closing = True
        self._wiring.meters.open.labels(self.app.value).dec()
        self._leave()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        self.heard_at = asyncio.get_running_loop().time()
        kind = frame.msg_type
        if kind == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code(), frame.get_close_message())
            transport.disconnect()
        elif kind == WSMsgType.BINARY:
            self.close(BAD_FRAME)
        elif kind in DATA and not self._closing:
            self._text(frame)

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
            self._heard(data)
        except Exception:
            log.exception("frame_failed", connection=self.id)
            self.close(INTERNAL_ERROR)

    def _heard(self, data: bytes) -> None:
        meters = self._wiring.meters
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
        if self._early is None:
            self._wiring.frames.heard(self, frame)
        elif len(self._early) < EARLY_FRAMES:
            self._early.append(frame)
        else:
            self.close(BAD_FRAME)

    async def _let_in(self) -> None:
        if not await self._wiring.lines.let_in(self, self.app, self._named):
            return
        early, self._early = self._early or [], None
        for frame in early:
            self._wiring.frames.heard(self, frame)

    def _leave(self) -> None:
        if self._letting_in is not None and self._letting_in is not asyncio.current_task():
            self._letting_in.cancel()
        self._wiring.lines.gone(self)
        self._wiring.frames.gone(self)
