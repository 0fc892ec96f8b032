"""A push service (RFC 8030) on loopback and its browsers: checks signatures (RFC 8292), decrypts (RFC 8291), misbehaves on demand."""

import asyncio
import base64
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

import http_ece
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from servicekit.clock import Clock, SystemClock

DAY = 86_400
HANG, GARBAGE, ENDLESS = "hang", "garbage", "endless"


def to_base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Browser:
    """`subscription` is what PushSubscription.toJSON() returns. `received`: decrypted payloads, in order."""

    subscription: dict[str, Any]
    key: ec.EllipticCurvePrivateKey
    secret: bytes
    vapid_key: str
    received: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    claims: list[dict[str, Any]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    # A real browser: gets each push as it came, and decrypts it itself.
    relay: Callable[[bytes], object] | None = None

    @property
    def endpoint(self) -> str:
        return str(self.subscription["endpoint"])

    @property
    def keys(self) -> dict[str, str]:
        return dict(self.subscription["keys"])


class PushService:
    """`browser.answers` is a queue of misbehaviours: "404", "429 Retry-After: 7", "302 Location: ...", HANG, GARBAGE or ENDLESS.

    Without one a push is answered 201, or by the status of what is wrong with it. `connections` counts those that were opened.
    """

    def __init__(self, clock: Clock | None = None, port: int = 0) -> None:
        self._clock, self._port = clock or SystemClock(), port
        self._browsers: dict[str, Browser] = {}
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.url, self.connections, self.requests = "", 0, 0

    @property
    def host(self) -> str:
        """host:port, for PARLEY_NOTIFY_PUSH_HOSTS."""
        return self.url.removeprefix("http://")

    def subscribe(self, public_key: str = "") -> Browser:
        """A new browser. It accepts pushes of this VAPID key only, if one is given."""
        id, key, secret = secrets.token_urlsafe(12), ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": to_base64url(point), "auth": to_base64url(secret)}
        subscription = {"endpoint": f"{self.url}/push/{id}", "expirationTime": None, "keys": keys}
        self._browsers[id] = Browser(subscription, key, secret, public_key)
        return self._browsers[id]

    def relay(self, id: str, relay: Callable[[bytes], object]) -> None:
        """Takes in a real browser, whose endpoint is <url>/push/<id>."""
        browser = self.subscribe()
        browser.relay = relay
        self._browsers[id] = browser

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._server is not None
        self._server.close()
        self.hang_up()

    def hang_up(self) -> None:
        """Closes all connections, also those that HANG holds."""
        for writer in self._open:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                self.requests += 1
                await self._answer(self._browsers.get(head[0].split(" ")[1].rsplit("/", 1)[-1]), headers, body, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(
        self, browser: Browser | None, headers: dict[str, str], body: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        answer = browser.answers.pop(0) if browser and browser.answers else self._received(browser, headers, body)
        if answer == HANG:
            await reader.read()  # until the other side or `hang_up` closes the connection
            return
        if answer == GARBAGE:
            writer.write(b"\x00\xff not HTTP at all\r\n\r\n")
            writer.close()
            return
        status, _, header = ("400", "", "") if answer == ENDLESS else answer.partition(" ")
        length = f"Content-Length: {10**9 if answer == ENDLESS else 0}"
        writer.write("\r\n".join([f"HTTP/1.1 {status} X", *filter(None, [header]), length, "", ""]).encode())
        if answer == ENDLESS:
            while not writer.is_closing():
                writer.write(b"x" * 65_536)
                await writer.drain()

    def _received(self, browser: Browser | None, headers: dict[str, str], body: bytes) -> str:
        """The status of a push to this browser."""
        if browser is None:
            return "404"
        if "ttl" not in headers or headers.get("content-encoding") != "aes128gcm":
            return "400"
        if len(body) > 4096:
            return "413"
        try:
            browser.claims.append(self._verified(headers.get("authorization", ""), browser, self._clock.now()))
        except (jwt.PyJWTError, ValueError, KeyError) as error:
            return f"403 X-Reason: {error}"
        if browser.relay is not None:
            browser.relay(body)
        else:
            plain = http_ece.decrypt(body, private_key=browser.key, auth_secret=browser.secret, version="aes128gcm")
            browser.received.append(plain)
        browser.headers.append(headers)
        return "201"

    def _verified(self, authorization: str, browser: Browser, now: datetime) -> dict[str, Any]:
        scheme, _, rest = authorization.partition(" ")
        values = dict(part.strip().split("=", 1) for part in rest.split(","))
        if scheme != "vapid" or browser.vapid_key not in ("", values["k"]):
            raise ValueError("it is signed by another key")
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), from_base64url(values["k"]))
        claims: dict[str, Any] = jwt.decode(
            values["t"], point, algorithms=["ES256"], audience=self.url, options={"verify_exp": False, "require": ["exp", "sub", "aud"]}
        )
        if not now.timestamp() < claims["exp"] <= now.timestamp() + DAY or not claims["sub"].startswith(("mailto:", "https:")):
            raise ValueError(f"exp or sub: {json.dumps(claims)}")
        return claims
