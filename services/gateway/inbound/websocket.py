"""uvicorn's port serves the sockets too: at an upgrade the connection is handed to picows, whose protocol class costs a third.

uvicorn makes one `Upgraded` for each upgrade and feeds it the request; from then on picows reads the connection itself.
"""

import asyncio
import logging
import re
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from picows import WSListener, WSUpgradeRequest, WSUpgradeResponse, WSUpgradeResponseWithListener
from picows.picows import WSAutoPingStrategy, WSProtocol  # type: ignore[attr-defined]  # not in its stubs

from services.gateway.domain.apps import App
from services.gateway.domain.origin import Site
from services.gateway.inbound.page_socket import PageSocket, Wiring

# Larger than what a page may say, so that it is our close code that tells it so; beyond this picows ends the line itself.
MAX_MESSAGE = 4 * 1024 * 1024
READ_BUFFER = 2048
HANDSHAKE_SECONDS = 5
# A page's clock may be wrong; longer than any desk's away_after is all that matters.
MOST_IDLE = timedelta(days=7)
SECONDS = re.compile("[0-9]{1,10}")
# Longer than any secret that the directory makes.
LONGEST_SECRET = 200
SOCKET_OF = {f"{app.path}/socket": app for app in App}


class _Quiet(logging.LoggerAdapter):  # type: ignore[type-arg]
    """picows makes a logger for each connection out of a Logger, not out of an adapter; and what peers do wrong is no news here."""


LOGGER = _Quiet(logging.getLogger("picows"), {})
logging.getLogger("picows").setLevel(logging.CRITICAL)


class Upgrades:
    """Says to which socket an upgrade leads. Only a page of this origin gets one; who its person is, is found out afterwards."""

    def __init__(self, wiring: Wiring, site: Site) -> None:
        self._wiring, self._site = wiring, site

    def socket_for(self, request: WSUpgradeRequest) -> WSListener | WSUpgradeResponseWithListener:
        """picows' listener factory."""
        headers = request.headers
        path, _, query = request.path.decode("latin-1").partition("?")
        app = SOCKET_OF.get(path)
        if app is None:
            return _refused(HTTPStatus.NOT_FOUND)
        host, proto = headers.get("Host", ""), headers.get("X-Forwarded-Proto", "")
        if not self._site.serves(host) or not self._site.may_write(headers.get("Origin", ""), host, proto):
            return _refused(HTTPStatus.FORBIDDEN)
        said = parse_qs(query, keep_blank_values=True)
        if (idle := idle_of(said.get("idle", ["0"])[0])) is None:
            return _refused(HTTPStatus.BAD_REQUEST)
        secret = cookie_of(headers.get("Cookie", ""), app.cookie(self._site.is_https(proto)))
        return PageSocket(self._wiring, app, secret, said.get("sign_in", [""])[0], idle)


def cookie_of(header: str, wanted: str) -> str:
    """What the cookie of that name holds; empty without one. What other applications of the host put into the header does not matter.

    Not http.cookies: it takes quadratic time on Python before 3.11.10 and 3.12.6, and gives up at the first cookie that it can't read.
    """
    for pair in header.split(";"):
        name, equals, value = pair.partition("=")
        if equals and name.strip() == wanted:
            value = value.strip()
            return value if len(value) <= LONGEST_SECRET else ""
    return ""


def idle_of(said: str) -> timedelta | None:
    """How long nobody has touched the page, as it says; None when that is no number of seconds."""
    return min(timedelta(seconds=int(said)), MOST_IDLE) if SECONDS.fullmatch(said) else None


def _refused(status: HTTPStatus) -> WSUpgradeResponseWithListener:
    return WSUpgradeResponseWithListener(WSUpgradeResponse.create_error_response(status, status.phrase.encode()), None)


def upgraded_by(upgrades: Upgrades, lost: Callable[[], None]) -> Callable[..., asyncio.Protocol]:
    """What uvicorn takes as its `ws` class; `lost` is told of the end of each connection that it was given."""

    def make(config: object, server_state: object, app_state: object) -> asyncio.Protocol:
        return Upgraded(upgrades, lost)

    return make


class Upgraded(asyncio.Protocol):
    """Between uvicorn and picows for the length of one request."""

    def __init__(self, upgrades: Upgrades, lost: Callable[[], None]) -> None:
        self._upgrades, self._lost = upgrades, lost
        self._transport: Any = None
        self._picows: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._picows is None:
            self._picows = _picows(self._upgrades, self._lost)
            self._picows.connection_made(self._transport)
            # Not at once: uvicorn puts this object in as the protocol after it has given it the request.
            asyncio.get_running_loop().call_soon(self._hand_over)
        rest = memoryview(data)
        while rest:
            room = self._picows.get_buffer(len(rest))
            count = min(len(room), len(rest))
            room[:count] = rest[:count]
            self._picows.buffer_updated(count)
            rest = rest[count:]

    def _hand_over(self) -> None:
        if not self._transport.is_closing():
            self._transport.set_protocol(self._picows)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._picows is not None:
            self._picows.connection_lost(exc)


class _SocketProtocol(WSProtocol):  # type: ignore[misc]
    lost: Callable[[], None]

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.lost()


def _picows(upgrades: Upgrades, lost: Callable[[], None]) -> Any:
    # By place: picows' own servers and clients are the only other callers. Pings are ours (lines.beat), pongs are automatic.
    protocol = _SocketProtocol(
        None,  # host and port: of a client
        None,  # path: of a client
        False,  # not a client
        upgrades.socket_for,
        LOGGER,
        True,  # an exception in the listener ends the connection
        HANDSHAKE_SECONDS,
        False,  # no automatic pings
        20,
        20,
        WSAutoPingStrategy.PING_WHEN_IDLE,
        True,  # automatic pongs
        MAX_MESSAGE,
        None,  # no extra headers
        READ_BUFFER,
    )
    protocol.lost = lost
    return protocol
