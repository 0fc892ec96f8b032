"""Sends pushes to the push services of browsers: encrypted for the browser (RFC 8291), signed (RFC 8292), over HTTP (RFC 8030).

pywebpush encrypts and signs. Its own sending is not used, because it follows redirects and reads answers of any length.
"""

import asyncio
import contextlib
from datetime import datetime
from email.utils import parsedate_to_datetime

from aiohttp import ClientConnectorError, ClientError, ClientResponse, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from pywebpush import WebPusher
from yarl import URL

from servicekit.clock import Clock
from services.notify.domain.push import MOST_PAYLOAD_BYTES, URGENCIES, Attempt, Push, Verdict, attempt_of
from services.notify.domain.subscription import PushHosts, Subscription
from services.notify.outbound.checked_resolver import CheckedResolver, PrivateAddress, Resolve
from services.notify.outbound.mongo_push_key import MongoPushKey

SEND_SECONDS = 10.0
# The body of an answer is read only so that the connection can be used again.
MOST_ANSWER_BYTES, ANSWER_SECONDS = 1024, 1.0
KEPT_CONNECTIONS = 100
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
        self._http: ClientSession | None = None

    async def start(self) -> None:
        connector = TCPConnector(resolver=CheckedResolver(self._hosts, self._resolve), use_dns_cache=False, limit=KEPT_CONNECTIONS)
        self._http = ClientSession(
            connector=connector,
            cookie_jar=DummyCookieJar(),
            timeout=ClientTimeout(total=self._seconds),
            read_bufsize=MOST_ANSWER_BYTES,
            auto_decompress=False,
        )

    async def stop(self) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def send(self, subscription: Subscription, push: Push) -> Attempt:
        """A failure that the next attempt may not meet is LATER, also a service that does not speak HTTP."""
        if len(push.payload) > MOST_PAYLOAD_BYTES:
            return Attempt(Verdict.REFUSED, f"The payload has more than {MOST_PAYLOAD_BYTES} bytes")
        headers = await self._headers(subscription, push)
        body = WebPusher({"keys": {"p256dh": subscription.p256dh, "auth": subscription.auth}, "endpoint": ""}).encode(push.payload)["body"]
        assert self._http is not None, "not started"
        try:
            url = URL(subscription.endpoint, encoded=True)
            async with self._http.post(url, data=body, headers=headers, allow_redirects=False) as answer:
                await _read_little(answer)
                wait_seconds = _seconds(answer.headers.get("Retry-After", ""), self._clock.now())
                return attempt_of(subscription.host, answer.status, wait_seconds)
        except TimeoutError:
            return Attempt(Verdict.LATER, f"{subscription.host} did not answer within {self._seconds:g} s")
        except ClientConnectorError as error:
            why = "has a private address" if isinstance(error.os_error, PrivateAddress) else "cannot be reached"
            return Attempt(Verdict.LATER, f"{subscription.host} {why}")
        except (ClientError, OSError, ValueError) as error:
            return Attempt(Verdict.LATER, f"{subscription.host} gave no valid answer ({type(error).__name__})")

    async def _headers(self, subscription: Subscription, push: Push) -> dict[str, str]:
        vapid = await self._key.vapid()
        expires = int(self._clock.now().timestamp()) + SIGNED_FOR_SECONDS
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


async def _read_little(answer: ClientResponse) -> None:
    """The connection is closed instead of used again if more follows."""
    with contextlib.suppress(TimeoutError, ClientError, OSError):
        async with asyncio.timeout(ANSWER_SECONDS):
            await answer.content.read(MOST_ANSWER_BYTES)


def _seconds(retry_after: str, now: datetime) -> float:
    """Retry-After has seconds or a date. 0 for anything else."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        return max((parsedate_to_datetime(retry_after) - now).total_seconds(), 0.0)
    except (ValueError, TypeError, OverflowError):
        return 0.0
