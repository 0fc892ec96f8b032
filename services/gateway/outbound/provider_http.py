"""Requests to identity providers: bounded in time and size, without redirects and proxies, with JSON objects as answers."""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpcore
import msgspec

from services.gateway.domain.provider import NoAnswer, SignInFailed, Why

SECONDS = 5.0
# So many times longer for an answer for which nobody waits, and whose loss costs a person their sign-in.
PATIENCE = 4
MAX_ANSWER_BYTES = 512 * 1024
MAX_CONNECTIONS = 20
USER_AGENT = "Parley/1"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class ProviderHttp:
    """A part: `stop` closes its connections. `seconds`: for one request."""

    ready = True

    def __init__(self, seconds: float = SECONDS, tls: ssl.SSLContext | None = None) -> None:
        self.seconds, self._tls = seconds, tls
        self._pool: httpcore.AsyncConnectionPool | None = None

    async def start(self) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            self._tls or ssl.create_default_context(), max_connections=MAX_CONNECTIONS, max_keepalive_connections=0
        )

    async def stop(self) -> None:
        if self._pool is not None:
            await self._pool.aclose()
            self._pool = None

    async def get(self, url: str) -> dict[str, Any]:
        """The object at that address. Raises SignInFailed."""
        status, answer = await self._request("GET", url, {}, b"", self.seconds)
        if status != 200:
            raise SignInFailed(Why.PROVIDER_DOWN, f"status {status}")
        return answer

    async def post(
        self, url: str, form: Mapping[str, str], headers: Mapping[str, str], *, patient: bool = False
    ) -> tuple[int, dict[str, Any]]:
        """Status and object, also of a refusal. `patient`: waits PATIENCE times as long. Raises SignInFailed, if the answer is lost
        NoAnswer."""
        seconds = self.seconds * (PATIENCE if patient else 1)
        return await self._request("POST", url, {**FORM, **headers}, urlencode(form).encode(), seconds)

    async def post_for_status(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> int:
        """The status; the content is ignored. Raises NoAnswer, or SignInFailed for an answer that is too large."""
        status, _ = await self._answer("POST", url, {**FORM, **headers}, urlencode(form).encode(), self.seconds)
        return status

    async def _request(self, method: str, url: str, headers: Mapping[str, str], body: bytes, seconds: float) -> tuple[int, dict[str, Any]]:
        status, content = await self._answer(method, url, headers, body, seconds)
        try:
            return status, msgspec.json.decode(content, type=dict[str, Any])
        except (msgspec.DecodeError, ValueError, RecursionError):
            raise SignInFailed(Why.PROVIDER_DOWN, f"status {status} without a JSON object") from None

    async def _answer(self, method: str, url: str, headers: Mapping[str, str], body: bytes, seconds: float) -> tuple[int, bytes]:
        assert self._pool is not None, "not started"
        sent = {"Accept": "application/json", "User-Agent": USER_AGENT, "Content-Length": str(len(body)), **headers}
        content = bytearray()
        try:
            async with (
                asyncio.timeout(seconds),
                self._pool.stream(method, url, headers=[("Host", _host(url)), *sent.items()], content=body) as response,
            ):
                async for piece in response.aiter_stream():
                    content += piece
                    if len(content) > MAX_ANSWER_BYTES:
                        raise SignInFailed(Why.PROVIDER_DOWN, "the answer is too large")
        except TimeoutError:
            raise NoAnswer(f"no answer within {seconds:g} s") from None
        # The pool's own errors may name the address, which has no secret but tells nothing either.
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError, ValueError) as error:
            raise NoAnswer(type(error).__name__) from None
        return response.status, bytes(content)


def _host(url: str) -> str:
    """The value of the Host header."""
    return url.split("/", 3)[2]
