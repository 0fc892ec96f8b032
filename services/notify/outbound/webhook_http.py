"""Requests to webhook endpoints: one connection each, to an address that was checked, without redirects and proxies (spec 5.13).

The host is resolved for each request, all its addresses are checked, and the connection is made to one of those, so that a name that
resolves to another address a moment later leads nowhere else. TLS and the header Host use the name.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from socket import SOCK_STREAM, getaddrinfo
from typing import Any

import httpcore

from servicekit.clock import Clock
from servicekit.logs import log
from services.notify.domain.errors import WrongArgument
from services.notify.domain.public_address import is_public
from services.notify.domain.webhook import Webhook, WebhookEvent, signature_of
from services.notify.domain.webhook_delivery import Answer, answer_of
from services.notify.domain.webhook_target import Target, target_of

TIMEOUT = 10.0
RESOLVE_TIMEOUT = 3.0
# A name server that hangs occupies a thread; other uses of threads are not affected.
RESOLVER_THREADS = 32
USER_AGENT = "Parley-Webhooks/1"
# Host name, port -> its addresses. Raises OSError.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class Refused(Exception):
    """The request is not sent. The text is for admins."""


class WebhookHttpClient:
    """The port WebhookHttp. `allow` lists hosts (host or host:port) that may use http and private addresses."""

    def __init__(
        self,
        allow: Sequence[str],
        clock: Clock,
        *,
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self._allow, self._clock, self._resolve, self._timeout = allow, clock, resolve or Resolver().resolve, timeout
        self._tls = tls or ssl.create_default_context()

    async def refusal(self, url: str) -> str:
        try:
            target = target_of(url, self._allow)
            async with asyncio.timeout(RESOLVE_TIMEOUT):
                await self._addresses(target)
        except WrongArgument as wrong:
            return wrong.message
        except Refused as refused:
            return str(refused)
        except (OSError, TimeoutError):
            pass
        return ""

    async def send(self, webhook: Webhook, event: WebhookEvent) -> Answer:
        try:
            async with asyncio.timeout(self._timeout):
                target = target_of(webhook.url, self._allow)
                addresses = await self._looked_up(target)
                return await self._post(target, addresses, webhook, event)
        except WrongArgument as wrong:
            return Answer(failure=wrong.message)
        except Refused as refused:
            return Answer(failure=str(refused))
        except TimeoutError:
            return Answer(failure=f"No answer within {self._timeout:.0f} s")
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            return Answer(failure=_reason(error))
        except Exception as error:
            # A bug: as a failure it is retried with a back-off, and other endpoints are not affected.
            log.error("webhook_request_crashed", webhook=webhook.id, event_id=event.id, exc_info=error)
            return Answer(failure="The request could not be made")

    async def _post(self, target: Target, addresses: Sequence[str], webhook: Webhook, event: WebhookEvent) -> Answer:
        body, timestamp = event.body.encode(), str(int(self._clock.now().timestamp()))
        headers = {
            "Host": _host_header(target),
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Connection": "close",
            "User-Agent": USER_AGENT,
            "Parley-Event-Id": event.id,
            "Parley-Event-Type": event.type.value,
            "Parley-Timestamp": timestamp,
            "Parley-Signature": signature_of(webhook.secret, timestamp, body),
        }
        url = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
        pool = httpcore.AsyncConnectionPool(self._tls, max_keepalive_connections=0, network_backend=CheckedNetwork(addresses))
        # Status and headers decide; the body is not read.
        async with pool, pool.stream("POST", url, headers=list(headers.items()), content=body) as response:
            return answer_of(response.status, _retry_after(response.headers), self._clock.now())

    async def _looked_up(self, target: Target) -> Sequence[str]:
        try:
            return await self._addresses(target)
        except OSError:
            raise Refused(f"The host {target.host} was not found") from None

    async def _addresses(self, target: Target) -> Sequence[str]:
        """The host's addresses, all of them permitted. Raises Refused, and OSError for a host without addresses."""
        addresses = await self._resolve(target.host, target.port)
        if not addresses:
            raise OSError("no addresses")
        if not target.allowed and (private := [address for address in addresses if not is_public(address)]):
            raise Refused(f"The host {target.host} has the address {private[0]}, which is not public")
        return addresses


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to the first of the addresses that answers, whatever the host's name resolves to now."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses, self._network = addresses, httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        del host
        error: Exception = OSError("no addresses")
        for address in self._addresses:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError as failed:
                error = failed
        raise error


class Resolver:
    """The machine's resolver, on threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(RESOLVER_THREADS, thread_name_prefix="webhook-names")

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        look_up = partial(getaddrinfo, host, port, type=SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _retry_after(headers: Sequence[tuple[bytes, bytes]]) -> str:
    return next((value.decode("latin-1") for name, value in headers if name.lower() == b"retry-after"), "")


def _host_header(target: Target) -> str:
    return f"[{target.host}]:{target.port}" if ":" in target.host else f"{target.host}:{target.port}"


def _reason(error: Exception) -> str:
    """A sentence for admins."""
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return "Its certificate is not valid for this host"
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "It does not speak TLS"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return "Connection refused"
    if isinstance(error, httpcore.ConnectError):
        return "It cannot be reached"
    if isinstance(error, httpcore.RemoteProtocolError):
        return "It did not answer in HTTP"
    return "The connection broke"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
