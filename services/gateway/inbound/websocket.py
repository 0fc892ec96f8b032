"""WebSocket upgrades on uvicorn's port: picows takes over the connection, at a third of the cost of uvicorn's own protocol.

HttpConnection creates one `Upgraded` for each upgrade that Upgrades accepts. It stays between connection and picows, and bounds
what is read.
"""

import asyncio
import logging
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

from picows import WSListener, WSUpgradeRequest
from picows.picows import WSAutoPingStrategy, WSProtocol  # type: ignore[attr-defined]  # not in its stubs
from starlette.datastructures import Headers
from starlette.types import ASGIApp

from servicekit.errors import TypedError
from services.gateway.domain.limits import Limit, address_key, address_of
from services.gateway.domain.site import App, Site
from services.gateway.errors import BadValue, NotFound, TooManySockets, WrongHost, WrongOrigin
from services.gateway.inbound import client_frames
from services.gateway.inbound.connections import Connections, peer_of
from services.gateway.inbound.page_socket import PageSocket, SocketParts
from services.gateway.inbound.responses import LOGGED, refusal, with_safe_headers

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
MAX_SECRET = 200
# Seconds after which an address whose sockets are too many may try again.
ROOM_AFTER = 10
KEY_HEADER = "sec-websocket-key"
KEY = re.compile("[A-Za-z0-9+/]{22}==")
HANDSHAKE = b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %b\r\n\r\n"
SOCKET_OF = {f"{app.path}/socket": app for app in App}


class _Quiet(logging.LoggerAdapter):  # type: ignore[type-arg]
    """Keeps picows from creating a logger for each connection, which it does from a Logger but not from an adapter."""


LOGGER = _Quiet(logging.getLogger("picows"), {})
logging.getLogger("picows").setLevel(logging.CRITICAL)


class Upgrades:
    """Accepts or refuses an upgrade. Only a page of this site gets a socket; its person is identified afterwards."""

    def __init__(self, shared: SocketParts, site: Site, trust_proxy: bool) -> None:
        self._shared, self._site, self._trust_proxy = shared, site, trust_proxy

    def page(self, target: str, headers: Headers, peer: str) -> PageSocket:
        """The socket of this request. `peer` is the connection's remote address. Raises TypedError."""
        address = address_key(address_of(headers.get("x-forwarded-for", ""), peer, self._trust_proxy))
        self._shared.limiter.check(Limit.SOCKETS, address=address)
        path, _, query = target.partition("?")
        app = SOCKET_OF.get(path)
        if app is None:
            raise NotFound("There is no socket at this address.")
        host, proto = headers.get("host", ""), headers.get("x-forwarded-proto", "")
        if not self._site.serves(host):
            raise WrongHost("This host is not served here.")
        if not self._site.may_write(headers.get("origin", ""), host, proto):
            raise WrongOrigin("Sockets are opened by pages of this site only.")
        _check_handshake(headers)
        query_fields = parse_qs(query, keep_blank_values=True)
        if (idle := idle_of(query_fields.get("idle", ["0"])[0])) is None:
            raise BadValue("idle must be a whole number of seconds.", field="idle")
        if not self._shared.open_counts.has_room(address):
            raise TooManySockets("There are too many open windows at this address.", retry_after=str(ROOM_AFTER))
        secret = cookie_of(headers.get("cookie", ""), app.cookie(self._site.is_https(proto)))
        return PageSocket(self._shared, app, secret, query_fields.get("sign_in", [""])[0], idle, address)

    def refusal(self, error: TypedError, headers: Headers) -> ASGIApp:
        """The response to a request for which `page` raised this."""
        if error.kind in LOGGED:
            self._shared.refusals.add("request_refused", error.kind.value, path="/socket", code=error.code)
        return with_safe_headers(refusal(error), self._site.is_https(headers.get("x-forwarded-proto", "")))


def _check_handshake(headers: Headers) -> None:
    if headers.get("sec-websocket-version", "") != "13":
        raise BadValue("Sec-WebSocket-Version must be 13.", field="Sec-WebSocket-Version")
    if not KEY.fullmatch(headers.get(KEY_HEADER, "")):
        raise BadValue("Sec-WebSocket-Key must be 16 bytes in base64.", field="Sec-WebSocket-Key")
    if headers.get("content-length", "0").strip("0") or "transfer-encoding" in headers:
        raise BadValue("An upgrade has no body.")


def cookie_of(header: str, wanted: str, most: int = MAX_SECRET) -> str:
    """The value of the cookie of that name; empty without one, or with more than `most` characters. Others are ignored.

    http.cookies is not used: it takes quadratic time before Python 3.11.10 and 3.12.6, and stops at the first cookie that it can't parse.
    """
    for pair in header.split(";"):
        name, equals, value = pair.partition("=")
        if equals and name.strip() == wanted:
            value = value.strip()
            return value if len(value) <= most else ""
    return ""


def idle_of(text: str) -> timedelta | None:
    """The idle time that the page names; None if it is no number of seconds."""
    return min(timedelta(seconds=int(text)), MAX_IDLE) if SECONDS.fullmatch(text) else None


class Upgraded(asyncio.BufferedProtocol):
    """The connection of one socket, from its upgrade to its end, when it is given back to `connections`.

    Bounds how much is read at once, and after the close frame. Ignores pauses of writing, because SocketWriter checks the buffer itself.

    picows continues to read after its own close frame (for a broken or too large frame), and would buffer everything.
    """

    def __init__(self, page: PageSocket, connections: Connections) -> None:
        self._page, self._connections = page, connections
        self._left_after_close: int | None = None
        self._broken = False
        self._transport: Any = None
        self._picows: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._picows = _picows(lambda request: self._page)
        self._picows.connection_made(transport)

    def take_over(self, transport: asyncio.Transport, key: bytes) -> None:
        """Answers the upgrade, and receives what the client sends from here on."""
        self.connection_made(transport)
        self._accept(key)
        # uvloop keeps the last protocol that is not a BufferedProtocol until the connection closes, so it gets one of nothing to keep.
        transport.set_protocol(asyncio.Protocol())
        transport.set_protocol(self)

    def _accept(self, key: bytes) -> None:
        """picows gets only the fields that the handshake needs: it refuses heads above 16 KiB without an answer, and a
        Connection field that holds more than the upgrade, such as Firefox sends."""
        head = HANDSHAKE % key
        self.get_buffer(len(head))[: len(head)] = head
        self.buffer_updated(len(head))

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
        self._left_after_close = READ_AFTER_CLOSE if page.is_identified else UNIDENTIFIED_READ_AFTER_CLOSE
        if not page.is_closing:
            # picows refused a frame itself.
            page.protocol_error()
        # After an invalid frame none is read.
        self._broken = page.is_broken

    def eof_received(self) -> bool:
        return bool(self._picows.eof_received())

    def connection_lost(self, exc: Exception | None) -> None:
        self._picows.connection_lost(exc)
        self._connections.give_back(peer_of(self._transport))


# A buffer whose content is ignored.
_DISCARDED = bytearray(READ_AT_ONCE)


def _picows(listener_for: Callable[[WSUpgradeRequest], WSListener]) -> Any:
    # Positional, as in picows' own servers and clients. Pings (Sockets.beat) and pongs (socket_writer.py) are sent by us.
    return WSProtocol(
        None,  # host and port: of a client
        None,  # path: of a client
        False,  # not a client
        listener_for,
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
