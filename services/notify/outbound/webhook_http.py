"""Requests to webhook endpoints: one connection each, to an address that was checked, without redirects and proxies (spec 5.13)."""

import asyncio
import ssl
from collections.abc import Iterator, Sequence
from functools import partial

import httpcore

from servicekit.clock import Clock
from servicekit.logs import log
from servicekit.moments import to_seconds
from services.notify.domain.errors import WrongArgument
from services.notify.domain.webhook import Webhook, WebhookEvent, signature_of
from services.notify.domain.webhook_delivery import Answer, answer_of
from services.notify.domain.webhook_target import Target, is_listed, target_of
from services.notify.outbound.checked_network import CheckedNetwork, PrivateAddress, Resolve, UnknownHost

TIMEOUT = 10.0
RESOLVE_TIMEOUT = 3.0
USER_AGENT = "Parley-Webhooks/1"


class WebhookHttpClient:
    """The port WebhookHttp. `allow` lists hosts (host or host:port) that may use http and private addresses. `hosts` lists the only other
    ones; empty = any."""

    def __init__(
        self,
        allow: Sequence[str],
        clock: Clock,
        *,
        hosts: Sequence[str] = (),
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self._allow, self._hosts, self._clock, self._timeout = allow, hosts, clock, timeout
        self._network = CheckedNetwork(partial(is_listed, hosts=allow), resolve)
        self._tls = tls or ssl.create_default_context()

    async def refusal(self, url: str) -> str:
        try:
            target = target_of(url, self._allow, self._hosts)
            async with asyncio.timeout(RESOLVE_TIMEOUT):
                await self._network.addresses(target.host, target.port)
        except WrongArgument as wrong:
            return wrong.message
        except PrivateAddress as private:
            return str(private)
        except (UnknownHost, TimeoutError):
            pass
        return ""

    async def send(self, webhook: Webhook, event: WebhookEvent) -> Answer:
        try:
            async with asyncio.timeout(self._timeout):
                target = target_of(webhook.url, self._allow, self._hosts)
                return await self._post(target, webhook, event)
        except WrongArgument as wrong:
            return Answer(failure=wrong.message)
        except (PrivateAddress, UnknownHost) as refused:
            return Answer(failure=str(refused))
        except TimeoutError:
            return Answer(failure=f"No answer within {self._timeout:.0f} s")
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            return Answer(failure=_reason(error))
        except Exception as error:
            # A bug: as a failure it is retried with a back-off, and other endpoints are not affected.
            log.error("webhook_request_crashed", webhook=webhook.id, event_id=event.id, exc_info=error)
            return Answer(failure="The request could not be made")

    async def _post(self, target: Target, webhook: Webhook, event: WebhookEvent) -> Answer:
        body, timestamp = event.body.encode(), str(to_seconds(self._clock.now()))
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
        pool = httpcore.AsyncConnectionPool(self._tls, max_keepalive_connections=0, network_backend=self._network)
        # Status and headers decide; the body is not read.
        async with pool, pool.stream("POST", url, headers=list(headers.items()), content=body) as response:
            return answer_of(response.status, _retry_after(response.headers), self._clock.now())


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
