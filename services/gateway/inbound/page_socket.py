"""The receiving half of a page's socket: bytes in, frames to the handlers. It implements ports.Socket with outbound/socket_writer.py."""

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport

from parley.gateway.v1 import gateway_pb2 as gateway
from servicekit.identity import Caller, new_id
from servicekit.logs import log
from servicekit.refusal_log import RefusalLog
from services.gateway.domain.limits import Limit, OpenCounts
from services.gateway.domain.site import App
from services.gateway.handlers.posting import refuse
from services.gateway.handlers.rate_limiter import RateLimiter, too_many
from services.gateway.handlers.sockets import Sockets
from services.gateway.inbound import client_frames
from services.gateway.inbound.frame_routes import FrameRoutes
from services.gateway.outbound.socket_writer import INTERNAL_ERROR, Meters, SocketWriter, Turn
from services.gateway.ports import SignedIn

BAD_FRAME = gateway.CLOSE_CODE_BAD_FRAME
NOT_READY = gateway.CLOSE_CODE_NOT_READY
# The metric's label for the standard's codes with which picows answers a broken frame.
PROTOCOL = "protocol"
# Seconds in which the person must be identified; until then nothing is read.
ADMIT_WITHIN = 10.0
# Frames beyond the limit that are dropped before the socket is closed.
MAX_DROPPED = 500
DATA = (WSMsgType.TEXT, WSMsgType.CONTINUATION)


@dataclass(frozen=True, slots=True)
class SocketParts:
    """What all sockets share. `send_bound`: bytes that may wait for a slow page."""

    sockets: Sockets
    routes: FrameRoutes
    send_bound: int
    limiter: RateLimiter
    open_counts: OpenCounts
    meters: Meters
    turn: Turn
    refusals: RefusalLog


class PageSocket(WSListener):
    """One socket, from the upgrade to the end of its connection."""

    def __init__(self, shared: SocketParts, app: App, secret: str, named: str, idle: timedelta, address: str) -> None:
        self.id, self.app, self.secret, self.idle, self.address = new_id(), app, secret, idle, address
        self._dropped = 0
        self.received_at = asyncio.get_running_loop().time()
        self._shared, self._named = shared, named
        self.is_identified = False
        self.viewer: Caller
        self.expires_at: datetime
        self.shared_tickets: bool
        # Of an unfinished message; None between two messages.
        self._fragments: bytearray | None = None
        self.is_broken = False
        self._transport: WSTransport
        self._writer: SocketWriter
        self._admission: asyncio.Task[None] | None = None

    # ---- ports.Socket

    def identify(self, who: SignedIn) -> None:
        self.viewer, self.expires_at, self.shared_tickets = who.caller, who.expires_at, who.sign_in.company.shared_tickets
        self.is_identified = True
        # Silence is measured from here: until now the page had nothing to answer.
        self.received_at = asyncio.get_running_loop().time()

    def send(self, frame: bytes) -> None:
        self._writer.send(frame)

    def ping(self) -> None:
        self._writer.ping()

    def close(self, code: int, reason: str = "") -> None:
        self._writer.close(code, reason)

    # ---- the connection (websocket.py)

    @property
    def is_closing(self) -> bool:
        return self._writer.is_closing

    def protocol_error(self) -> None:
        """A close frame was sent because of an invalid or too large frame. Nothing after that frame is read."""
        self.is_broken = True
        self._count_refused("malformed")
        self._writer.end(PROTOCOL)

    # ---- picows

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._writer = SocketWriter(transport, self._shared.send_bound, self._shared.meters, self._shared.turn, self._ended)
        self._shared.meters.open.labels(self.app.value).inc()
        self._shared.open_counts.opened(self.address)
        transport.underlying_transport.pause_reading()
        self._admission = asyncio.get_running_loop().create_task(self._admit())

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._writer.disconnected()
        self._shared.meters.open.labels(self.app.value).dec()
        self._shared.open_counts.closed(self.address)
        self._detach()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        self.received_at = asyncio.get_running_loop().time()
        kind = frame.msg_type
        if not self.is_closing and self._is_invalid(frame):
            transport.send_close(WSCloseCode.PROTOCOL_ERROR)
            self.protocol_error()
        elif kind == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code(), frame.get_close_message())
            transport.disconnect()
            if not self.is_closing:
                # Unsent frames for a page that reads nothing must not keep the connection open.
                self._writer.end()
        elif self.is_closing:
            return
        elif wait := self._shared.limiter.wait(Limit.FRAMES, by=self.viewer if self.is_identified else None, address=self.address):
            self._too_many(frame, wait)
        elif kind == WSMsgType.PING:
            self._writer.pong(frame.get_payload_as_bytes())
        elif kind == WSMsgType.BINARY:
            self.close(BAD_FRAME)
        elif kind in DATA:
            self._text(frame)

    # ---- frames

    def _is_invalid(self, frame: WSFrame) -> bool:
        """What picows accepts although no extension was agreed (RFC 6455 section 5.2), and a continuation without a message before it, or
        a new message before the end of another (section 5.4)."""
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            return True
        if frame.msg_type == WSMsgType.CONTINUATION:
            return self._fragments is None
        return frame.msg_type in (WSMsgType.TEXT, WSMsgType.BINARY) and self._fragments is not None

    def _too_many(self, frame: WSFrame, wait: float) -> None:
        """Drops the frame; a post is refused. Closes the socket after MAX_DROPPED frames, and when a fragment is lost."""
        self._dropped += 1
        in_parts = frame.msg_type in DATA and (not frame.fin or self._fragments is not None)
        if in_parts or self._dropped > MAX_DROPPED:
            self.close(gateway.CLOSE_CODE_TOO_MANY)
        elif frame.msg_type == WSMsgType.TEXT and frame.payload_size <= client_frames.MAX_BYTES:
            with contextlib.suppress(client_frames.NotAFrame, client_frames.BadFrame):
                post = client_frames.decode(frame.get_payload_as_bytes())
                if isinstance(post, client_frames.PostFrame):
                    refuse(self, post.command_id, too_many(Limit.FRAMES, wait))

    def _text(self, frame: WSFrame) -> None:
        if frame.payload_size + len(self._fragments or b"") > client_frames.MAX_BYTES:
            self.close(BAD_FRAME)
            return
        data = frame.get_payload_as_bytes()
        if not frame.fin or self._fragments is not None:
            fragments = self._fragments = self._fragments or bytearray()
            fragments += data
            if not frame.fin:
                return
            data, self._fragments = bytes(fragments), None
        try:
            self._received(data)
        except Exception:
            log.exception("frame_failed", connection=self.id)
            self.close(INTERNAL_ERROR)

    def _received(self, data: bytes) -> None:
        try:
            frame = client_frames.decode(data)
        except client_frames.NotAFrame:
            self._count_refused("malformed")
            self.close(BAD_FRAME)
            return
        except client_frames.BadFrame as bad:
            self._count_refused("refused")
            refuse(self, bad.command_id, bad)
            return
        self._shared.meters.frames_in[type(frame).__name__,] += 1
        self._shared.routes.received(self, frame)

    def _count_refused(self, kind: str) -> None:
        self._shared.meters.frames_in[kind,] += 1
        self._shared.refusals.add("frame_refused", kind, self.viewer if self.is_identified else None)

    # ---- begin and end

    async def _admit(self) -> None:
        try:
            async with asyncio.timeout(ADMIT_WITHIN):
                admitted = await self._shared.sockets.admit(self, self.app, self._named)
        except TimeoutError:
            self.close(NOT_READY)
            return
        finally:
            # A task that has ended still holds its coroutine, and a gateway has thousands of sockets.
            self._admission = None
        if admitted:
            self._resume_reading()

    def _ended(self) -> None:
        # No frame reaches the page any more, so the handlers drop the socket; the connection closes a moment later.
        self._detach()
        self._resume_reading()

    def _resume_reading(self) -> None:
        if not self._transport.underlying_transport.is_closing():
            self._transport.underlying_transport.resume_reading()

    def _detach(self) -> None:
        if self._admission is not None and self._admission is not asyncio.current_task():
            self._admission.cancel()
        self._shared.sockets.removed(self)
        self._shared.routes.removed(self)
