"""Sends pushes to the push services of browsers: encrypted for the browser (RFC 8291), signed (RFC 8292), over HTTP (RFC 8030).

pywebpush encrypts and signs. Its own sending is not used, because it follows redirects, reads answers of any length and connects to any
address.
"""

import asyncio
import contextlib
import ssl
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpcore
from pywebpush import WebPusher

from servicekit.clock import Clock
from servicekit.moments import to_seconds
from services.notify.domain.push import MAX_PAYLOAD_BYTES, URGENCIES, Attempt, Push, Verdict, attempt_of
from services.notify.domain.subscription import PushHosts, Subscription
from services.notify.outbound.checked_network import CheckedNetwork, PrivateAddress, Resolve, UnknownHost
from services.notify.outbound.mongo_push_key import MongoPushKey

SEND_SECONDS = 10.0
# The body of an answer is read only so that the connection can be used again.
MAX_ANSWER_BYTES, ANSWER_SECONDS = 1024, 1.0
MAX_CONNECTIONS, KEPT_SECONDS = 100, 15.0
# RFC 8292 allows up to 24 hours.
SIGNED_FOR_SECONDS = 12 * 3600


class WebPush:
    """The port PushService, and a part: `stop` closes its connections. `contact`: a mailto: or https: URL for the push services.

    A push takes `seconds` at most, its look-up included. How many are sent at a time is limited by handlers/push_slots.py.
    """

    ready = True

    def __init__(
        self, key: MongoPushKey, hosts: PushHosts, contact: str, clock: Clock, resolve: Resolve | None = None, seconds: float = SEND_SECONDS
    ) -> None:
        self._key, self._hosts, self._contact, self._clock = key, hosts, contact, clock
        self._resolve, self._seconds = resolve, seconds
        self._http: httpcore.AsyncConnectionPool | None = None

    async def start(self) -> None:
        self._http = httpcore.AsyncConnectionPool(
            ssl.create_default_context(),
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_CONNECTIONS,
            keepalive_expiry=KEPT_SECONDS,
            network_backend=CheckedNetwork(self._may_be_private, self._resolve),
        )

    async def stop(self) -> None:
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def send(self, subscription: Subscription, push: Push) -> Attempt:
        """A failure that the next attempt may not meet is LATER, also a service that does not speak HTTP."""
        if len(push.payload) > MAX_PAYLOAD_BYTES:
            return Attempt(Verdict.REFUSED, f"The payload has more than {MAX_PAYLOAD_BYTES} bytes")
        headers = await self._headers(subscription, push)
        body = WebPusher({"keys": {"p256dh": subscription.p256dh, "auth": subscription.auth}, "endpoint": ""}).encode(push.payload)["body"]
        assert self._http is not None, "not started"
        host = subscription.host
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._http.stream("POST", subscription.endpoint, headers=list(headers.items()), content=body) as response,
            ):
                await _read_little(response)
                wait_seconds = _seconds(_header(response, b"retry-after"), self._clock.now())
                return attempt_of(host, response.status, wait_seconds)
        except TimeoutError:
            return Attempt(Verdict.LATER, f"{host} did not answer within {self._seconds:g} s")
        except PrivateAddress:
            return Attempt(Verdict.LATER, f"{host} has a private address")
        except (UnknownHost, httpcore.ConnectError):
            return Attempt(Verdict.LATER, f"{host} cannot be reached")
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError) as error:
            return Attempt(Verdict.LATER, f"{host} gave no valid answer ({type(error).__name__})")

    def _may_be_private(self, host: str, port: int) -> bool:
        return self._hosts.allows(host, port) or self._hosts.allows(host, port, "http")

    async def _headers(self, subscription: Subscription, push: Push) -> dict[str, str]:
        vapid = await self._key.vapid()
        expires = to_seconds(self._clock.now()) + SIGNED_FOR_SECONDS
        signed: dict[str, str] = vapid.sign({"aud": subscription.origin, "exp": expires, "sub": self._contact})
        return {
            **signed,
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            # Microsoft's service refuses 0.
            "TTL": str(max(push.ttl_seconds, 1)),
            "Urgency": push.urgency if push.urgency in URGENCIES else "normal",
            **({"Topic": push.topic} if push.tag else {}),
        }


async def _read_little(response: httpcore.Response) -> None:
    """The connection is closed instead of used again if more follows."""
    size = 0
    with contextlib.suppress(TimeoutError, httpcore.NetworkError, httpcore.ProtocolError, OSError):
        async with asyncio.timeout(ANSWER_SECONDS):
            async for part in response.aiter_stream():
                size += len(part)
                if size > MAX_ANSWER_BYTES:
                    return


def _header(response: httpcore.Response, wanted: bytes) -> str:
    return next((value.decode("latin-1") for name, value in response.headers if name.lower() == wanted), "")


def _seconds(retry_after: str, now: datetime) -> float:
    """Retry-After has seconds or a date. 0 for anything else."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        return max((parsedate_to_datetime(retry_after) - now).total_seconds(), 0.0)
    except (ValueError, TypeError, OverflowError):
        return 0.0
