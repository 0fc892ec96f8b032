"""One HTTP connection until it closes or becomes a socket: uvicorn's protocol, with bounds on what a client sends.

uvicorn does not limit the size of a request's head, the number of pipelined requests, or the time for a head, a body or an unread answer.
"""

import asyncio
from collections.abc import Collection

import httptools
from starlette.datastructures import Headers
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from servicekit.errors import TypedError
from services.gateway.inbound.connections import Connections, last_answer, peer_of
from services.gateway.inbound.http_timers import BODY, HEAD, HttpTimers, Times
from services.gateway.inbound.page_socket import PageSocket
from services.gateway.inbound.websocket import KEY_HEADER, Upgraded, Upgrades

MAX_HEAD = 32 * 1024
MAX_FIELDS = 200
MAX_QUEUED = 16
# Bytes that the parser gets at once, so that one field or line costs at most the head's bound and one piece.
PIECE = 16 * 1024
# The part of a request that comes next: BETWEEN two requests, or in the HEAD or BODY of one.
BETWEEN = "between"


class _Stop(Exception):
    """Ends the parsing. The parser replaces it by an exception of its own."""


class _Flow(FlowControl):
    """Reading stays paused while requests are queued."""

    def __init__(self, transport: asyncio.Transport, queued: Collection[object]) -> None:
        super().__init__(transport)
        self._queued = queued

    def resume_reading(self) -> None:
        if not self._queued:
            super().resume_reading()


class HttpConnection(HttpToolsProtocol):
    """Calls `connections` when it is closed, unless it has become a socket."""

    def __init__(self, config: Config, state: ServerState, times: Times, connections: Connections, upgrades: Upgrades) -> None:
        super().__init__(config, state, {})
        self.access_log = False
        self._connections, self._upgrades = connections, upgrades
        # Of an upgrade that was accepted.
        self._page: PageSocket | None = None
        self._timers = HttpTimers(self.loop, times, late=self._timed_out, unread=self._answer_too_late)
        self._phase, self._begun, self._head_size = BETWEEN, 0, 0
        self._progress, self._unfinished = False, 0
        self._pieces: list[bytes] = []
        self._refusal: tuple[int, str] = (400, "malformed")
        self._ended = self._is_socket = False
        # The request whose answer is being sent. `cycle` is the one that was read last: with a pipeline it is a later one.
        self._running: RequestResponseCycle | None = None

    # ---- asyncio

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow = _Flow(transport, self.pipeline)
        if self._ended:
            transport.abort()
        else:
            self._watch()

    def data_received(self, data: bytes) -> None:
        self._connections.is_busy(self)
        self._unset_keepalive_if_required()
        completed = False
        for start in range(0, len(data), PIECE):
            if self._ended or self.transport.is_closing():
                return
            self._feed(data[start : start + PIECE])
            completed = completed or self._phase == BETWEEN
        if self._ended:
            return
        if completed and self._progress and not self._answering:
            # The response was complete before the body.
            self._timers.stop_watching()
            self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)
            self._connections.is_idle(self)
        else:
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._unset_keepalive_if_required()
        self.pipeline.clear()
        self._end_answer()
        self._timers.stop()
        self._connections.is_busy(self)
        if not self._is_socket:
            self._connections.give_back(peer_of(self.transport))

    def pause_writing(self) -> None:
        super().pause_writing()
        self._timers.limit_answer()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._timers.answer_was_read()
        if self.transport.is_closing():
            self._timers.limit_answer()

    def timeout_keep_alive_handler(self) -> None:
        self._close()

    # ---- the parser's callbacks

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._progress, self._phase, self._head_size = True, HEAD, 0
        self._begun += 1

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count_head(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        # Also called for the trailers of a chunked body.
        super().on_header(name, value)
        self._count_head(len(name) + len(value) + 4)
        if len(self.headers) > MAX_FIELDS:
            self._stop(431, "head_size")

    def on_headers_complete(self) -> None:
        upgrade = self.parser.should_upgrade() and self._get_upgrade() == b"websocket"
        if self._answering and (len(self.pipeline) >= MAX_QUEUED or upgrade):
            self._stop(400, "pipeline")
        if sum(name == b"host" for name, _ in self.headers) > 1:
            self._stop(400, "malformed")
        self._phase = BODY
        if upgrade and (self.parser.get_method(), self.parser.get_http_version()) == (b"GET", "1.1"):
            self._decide_upgrade()
        self.scope["extensions"] = self._timers.extensions(self._begun)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._progress = True
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        self._pass_body()
        super().on_message_complete()
        self._progress, self._phase = True, BETWEEN

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._timers.limit_answer()
        elif not self.pipeline:
            self.flow.resume_reading()
            if self._phase == BETWEEN:
                self._connections.is_idle(self)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def handle_websocket_upgrade(self) -> None:
        assert self._page is not None, "only an accepted upgrade gets here"
        self.connections.discard(self)
        self._is_socket = True
        Upgraded(self._page, self._connections).take_over(self.transport, Headers(raw=self.headers)[KEY_HEADER].encode())

    def make_room(self) -> None:
        """Closes at once: the port is full, and this connection has been idle longest."""
        self._ended = True
        # Until connection_made there is none.
        if self.transport is not None:
            self.transport.abort()

    # ---- bounds

    @property
    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _feed(self, piece: bytes) -> None:
        self._progress = False
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade:
            self._upgrade()
        except httptools.HttpParserError:
            self._refuse(*self._refusal)
        else:
            self._pass_body()
            # The parser buffers a field until it is complete.
            self._unfinished = 0 if self._progress else self._unfinished + len(piece)
            if self._unfinished > MAX_HEAD:
                self._refuse(431, "head_size")

    def _pass_body(self) -> None:
        """Joins the chunks of one piece: a chunk may hold a single byte, and passing it on costs much more than parsing it."""
        if self._pieces:
            super().on_body(b"".join(self._pieces))
            self._pieces.clear()

    def _upgrade(self) -> None:
        if self._should_upgrade():
            self._ended = True
            self._timers.stop_watching()
            self.handle_websocket_upgrade()
        elif self.cycle is not None:
            # Refused, or an unsupported protocol: the request is answered by HTTP, and the connection closes.
            self.cycle.keep_alive = False

    def _should_upgrade(self) -> bool:
        return self._page is not None

    def _decide_upgrade(self) -> None:
        """A refused upgrade is answered as a plain request, and is the connection's last one."""
        headers = Headers(raw=self.headers)
        try:
            self._page = self._upgrades.page(self.url.decode("latin-1"), headers, peer_of(self.transport))
        except TypedError as error:
            self.app = self._upgrades.refusal(error, headers)

    def _count_head(self, size: int) -> None:
        self._progress = True
        self._head_size += size
        if self._head_size > MAX_HEAD:
            self._stop(431, "head_size")

    def _stop(self, status: int, reason: str) -> None:
        self._refusal = (status, reason)
        raise _Stop(reason)

    def _watch(self) -> None:
        """A head's time starts with its first byte (or with the connection), a body's with the end of its head."""
        if self._phase == BETWEEN and self._answering:
            self._timers.stop_watching()
            return
        self._timers.watch(BODY if self._phase == BODY else HEAD, self._begun)

    def _timed_out(self) -> None:
        if self._phase == BETWEEN:
            # A browser may connect in advance and send no request.
            self._close()
        else:
            self._refuse(408, f"{self._phase}_time")

    def _refuse(self, status: int, reason: str) -> None:
        self._ended = True
        self._connections.refused(reason)
        self._timers.stop_watching()
        # While another response is being sent this one can't be.
        if not self._answering or not (self.pipeline or self.cycle.response_started):
            self.transport.write(last_answer(status))
        self._end_answer()
        self._close()

    def _end_answer(self) -> None:
        """Drops what the application still sends, and lets it see that the client has disconnected."""
        for cycle in (self._running, self.cycle):
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()

    def _close(self) -> None:
        self.transport.close()
        self._timers.limit_answer()

    def _answer_too_late(self) -> None:
        self._connections.refused("answer_time")
        self.transport.abort()
