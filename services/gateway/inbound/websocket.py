"""WebSocket upgrades on uvicorn's port: picows takes over the connection, at a third of the cost of uvicorn's own protocol.

uvicorn creates one `Upgraded` for each upgrade and passes it the request. It stays between connection and picows, and bounds what is read.
"""

import asyncio
import logging
import re
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from math import ceil
from typing import Any
from urllib.parse import parse_qs

from picows import WSListener, WSUpgradeRequest, WSUpgradeResponse, WSUpgradeResponseWithListener
from picows.picows import WSAutoPingStrategy, WSProtocol  # type: ignore[attr-defined]  # not in its stubs

from services.gateway.domain.limits import Limit, address_key, address_of
from services.gateway.domain.site import App, Site
from services.gateway.inbound import client_frames
from services.gateway.inbound.connections import Connections, peer_of
from services.gateway.inbound.page_socket import PageSocket, SocketParts

# picows refuses a larger frame by its head, with code 1009. A frame that is only slightly too large gets our own close code.
MAX_MESSAGE = client_frames.MAX_BYTES + 1024
READ_BUFFER = 2048
# picows doubles its buffer whenever one read fills it, and never shrinks it, so each read is small.
READ_AT_ONCE = 8 * 1024
# Bytes that are read after our close frame, for the peer's unfinished frame and its close frame; then the connection is cut.
READ_AFTER_CLOSE = MAX_MESSAGE
UNIDENTIFIED_READ_AFTER_CLOSE = 4 * 1024
HANDSHAKE_SECONDS = 5
# A page's clock may be wrong. The bound only has to exceed any desk's away_after.
MAX_IDLE = timedelta(days=7)
SECONDS = re.compile("[0-9]{1,10}")
# Longer than any secret that the directory makes.
LONGEST_SECRET = 200
# Seconds after which an address whose sockets are too many may try again.
ROOM_AFTER = 10
SOCKET_OF = {f"{app.path}/socket": app for app in App}


class _Quiet(logging.LoggerAdapter):  # type: ignore[type-arg]
    """Keeps picows from creating a logger for each connection, which it does from a Logger but not from an adapter."""


LOGGER = _Quiet(logging.getLogger("picows"), {})
logging.getLogger("picows").setLevel(logging.CRITICAL)


class Upgrades:
    """Accepts or refuses an upgrade. Only a page of this site gets a socket; its person is identified afterwards."""

    def __init__(self, shared: SocketParts, site: Site, trust_proxy: bool) -> None:
        self._shared, self._site, self._trust_proxy = shared, site, trust_proxy

    def socket_for(self, request: WSUpgradeRequest, peer: str) -> WSListener | WSUpgradeResponseWithListener:
        """picows' listener factory. `peer` is the connection's remote address."""
        headers = request.headers
        address = address_key(address_of(headers.get("X-Forwarded-For", ""), peer, self._trust_proxy))
        if wait := self._shared.limiter.wait(Limit.SOCKETS, address=address):
            return _refused(HTTPStatus.TOO_MANY_REQUESTS, max(1, ceil(wait)))
        path, _, query = request.path.decode("latin-1").partition("?")
        app = SOCKET_OF.get(path)
        if app is None:
            return _refused(HTTPStatus.NOT_FOUND)
        host, proto = headers.get("Host", ""), headers.get("X-Forwarded-Proto", "")
        if not self._site.serves(host) or not self._site.may_write(headers.get("Origin", ""), host, proto):
            return _refused(HTTPStatus.FORBIDDEN)
        query_fields = parse_qs(query, keep_blank_values=True)
        if (idle := idle_of(query_fields.get("idle", ["0"])[0])) is None:
            return _refused(HTTPStatus.BAD_REQUEST)
        if not self._shared.open_counts.has_room(address):
            return _refused(HTTPStatus.TOO_MANY_REQUESTS, ROOM_AFTER)
        secret = cookie_of(headers.get("Cookie", ""), app.cookie(self._site.is_https(proto)))
        return PageSocket(self._shared, app, secret, query_fields.get("sign_in", [""])[0], idle, address)


def cookie_of(header: str, wanted: str) -> str:
    """The value of the cookie of that name; empty without one. Cookies of other applications are ignored.

    http.cookies is not used: it takes quadratic time before Python 3.11.10 and 3.12.6, and stops at the first cookie that it can't parse.
    """
    for pair in header.split(";"):
        name, equals, value = pair.partition("=")
        if equals and name.strip() == wanted:
            value = value.strip()
            return value if len(value) <= LONGEST_SECRET else ""
    return ""


def idle_of(text: str) -> timedelta | None:
    """The idle time that the page names; None if it is no number of seconds."""
    return min(timedelta(seconds=int(text)), MAX_IDLE) if SECONDS.fullmatch(text) else None


def _refused(status: HTTPStatus, retry_after: int = 0) -> WSUpgradeResponseWithListener:
    headers = {"Retry-After": str(retry_after)} if retry_after else None
    return WSUpgradeResponseWithListener(WSUpgradeResponse.create_error_response(status, status.phrase.encode(), headers), None)


class Upgraded(asyncio.BufferedProtocol):
    """The connection of one socket, from its upgrade to its end, when it is given back to `connections`.

    Bounds how much is read at once, and after the close frame. Ignores pauses of writing, because SocketWriter checks the buffer itself.

    picows continues to read after its own close frame (for a broken or too large frame), and would buffer everything.
    """

    def __init__(self, upgrades: Upgrades, connections: Connections) -> None:
        self._upgrades, self._connections = upgrades, connections
        self._page: PageSocket | None = None
        self._left_after_close: int | None = None
        self._broken = False
        self._transport: Any = None
        self._picows: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._picows = _picows(self._socket_for)
        self._picows.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """The request and the bytes after it, from uvicorn."""
        rest = memoryview(data)
        while rest:
            room = self.get_buffer(len(rest))
            count = min(len(room), len(rest))
            room[:count] = rest[:count]
            self.buffer_updated(count)
            rest = rest[count:]

    def get_buffer(self, sizehint: int) -> Any:
        return _DISCARDED if self._broken else self._picows.get_buffer(sizehint)[:READ_AT_ONCE]

    def buffer_updated(self, nbytes: int) -> None:
        if self._left_after_close is not None:
            self._left_after_close -= nbytes
            if self._left_after_close < 0:
                self._broken = True
                self._transport.abort()
        if self._broken:
            return
        self._picows.buffer_updated(nbytes)
        if self._left_after_close is None and self._picows.transport.is_close_frame_sent:
            self._closes()

    def _closes(self) -> None:
        page = self._page
        self._left_after_close = READ_AFTER_CLOSE if page is not None and page.is_identified else UNIDENTIFIED_READ_AFTER_CLOSE
        if page is not None and not page.is_closing:
            # picows refused a frame itself. No frame follows.
            self._broken = True
            page.protocol_error()

    def eof_received(self) -> bool:
        return bool(self._picows.eof_received())

    def connection_lost(self, exc: Exception | None) -> None:
        self._picows.connection_lost(exc)
        self._connections.give_back(peer_of(self._transport))

    def _socket_for(self, request: WSUpgradeRequest) -> WSListener | WSUpgradeResponseWithListener:
        made = self._upgrades.socket_for(request, peer_of(self._transport))
        self._page = made if isinstance(made, PageSocket) else None
        return made


# A buffer whose content is ignored.
_DISCARDED = bytearray(READ_AT_ONCE)


def _picows(socket_for: Callable[[WSUpgradeRequest], WSListener | WSUpgradeResponseWithListener]) -> Any:
    # Positional, as in picows' own servers and clients. Pings (Sockets.beat) and pongs (socket_writer.py) are sent by us.
    return WSProtocol(
        None,  # host and port: of a client
        None,  # path: of a client
        False,  # not a client
        socket_for,
        LOGGER,
        True,  # an exception in the listener ends the connection
        HANDSHAKE_SECONDS,
        False,  # no automatic pings
        20,
        20,
        WSAutoPingStrategy.PING_WHEN_IDLE,
        False,  # no automatic pongs
        MAX_MESSAGE,
        None,  # no extra headers
        READ_BUFFER,
    )
