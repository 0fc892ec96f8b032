"""Calls to other services: one channel over all replicas that adds a token, the trace context and a deadline to every call.

The deadline is at most that of the call that is being answered (call_deadline.py). The channel wraps the callables of generated stubs,
because a gRPC interceptor costs a task per call.
"""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Self

import grpc

from servicekit import tracing
from servicekit.call_deadline import seconds_left
from servicekit.errors import Unavailable
from servicekit.grpc_access import PERSON
from servicekit.grpc_errors import ACCEPTED, from_rpc_error
from servicekit.grpc_tls import TlsFiles, Watched, secure_channels
from servicekit.identity import TokenSigner
from servicekit.logs import log
from servicekit.metrics import Metrics

DEFAULT_TIMEOUT = 5.0
RENEW_SECONDS = 60.0
_NUMERIC = re.compile(r"[0-9.]+:[0-9]+")
OPTIONS: Sequence[tuple[str, int | str]] = (
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1_000),  # also the time that a try to connect may take
    ("grpc.max_reconnect_backoff_ms", 2_000),
    ("grpc.max_receive_message_length", 8 * 1024 * 1024),
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.dns_min_time_between_resolutions_ms", 2_000),
)


def on_behalf(token: str) -> grpc.aio.Metadata:
    """Metadata with a person's token, for a call in their name."""
    return grpc.aio.Metadata(("authorization", f"Bearer {token}"))


async def call(method: Any, request: Any, *, token: str | None = None, person: str = "", timeout: float = DEFAULT_TIMEOUT) -> Any:
    """Calls a unary method of a stub. `person`: the id of the person for whom this service acts (grpc_access.py). Raises RemoteError, or
    Unavailable without an answer within `timeout` seconds."""
    metadata = grpc.aio.Metadata((PERSON, person)) if person else None if token is None else on_behalf(token)
    try:
        return await method(request, timeout=timeout, metadata=metadata)
    except (grpc.aio.AioRpcError, grpc.aio.UsageError) as error:
        raise from_rpc_error(error) from error


async def stream(method: Any, request: Any, *, token: str | None = None, timeout: float | None = None) -> AsyncGenerator[Any]:
    """Calls a streaming method. Closing the generator ends the call. Raises what `call` raises. `timeout` covers the whole call."""
    answers = method(request, timeout=timeout, metadata=None if token is None else on_behalf(token))
    try:
        async for answer in answers:
            yield answer
    except (grpc.aio.AioRpcError, grpc.aio.UsageError) as error:
        raise from_rpc_error(error) from error
    finally:
        answers.cancel()


async def upload(method: Any, requests: AsyncIterable[Any], *, token: str | None = None, timeout: float) -> Any:
    """Calls a method that takes a stream, within `timeout` seconds. It sends the first request and waits until the method accepts it
    (grpc_server.accept), because gRPC loses the status of a call that ends while its caller writes. Then it reads each further one when the
    connection has room for it. Raises what `call` and `requests` raise."""
    running = method(timeout=timeout, metadata=None if token is None else on_behalf(token))
    first = True
    try:
        async for request in requests:
            await running.write(request)
            if first and ACCEPTED not in await running.initial_metadata():
                return await running
            first = False
        await running.done_writing()
        return await running
    except (grpc.aio.AioRpcError, grpc.aio.UsageError) as error:
        raise from_rpc_error(error) from error
    except (asyncio.InvalidStateError, grpc.aio.InternalError) as error:
        raise Unavailable("The call ended while a request was written.") from error
    finally:
        running.cancel()


async def pages(list_page: Callable[[Any], Awaitable[Any]], request: Any) -> AsyncIterator[Any]:
    """The pages of a list RPC. Calls `list_page` with the request, whose `page_token` it sets, and raises what that raises."""
    while True:
        page = await list_page(request)
        yield page
        request.page_token = page.next_page_token
        if not request.page_token:
            return


def channel(
    addresses: str | Sequence[str], signer: TokenSigner, metrics: Metrics, tls: TlsFiles | None = None, *, tls_name: str = ""
) -> "Channel":
    """A round-robin channel over the replicas that are connected. Needs a running loop.

    `addresses` has host:port of each replica, as a sequence or separated by commas; a host name with several addresses is balanced too.
    With `tls` each replica must have a certificate for `tls_name`, by default for the host of its address. Raises OSError for its files.
    """
    listed = [address.strip() for address in (addresses.split(",") if isinstance(addresses, str) else addresses)]
    if not listed:
        raise ValueError("at least one address is needed")
    # gRPC balances one name or many numeric addresses, but not many names: each name gets its own channel. With TLS each address does,
    # because a channel checks certificates for one host.
    numeric = tls is None and all(_NUMERIC.fullmatch(address) for address in listed)
    targets = [f"ipv4:{','.join(listed)}"] if numeric else listed
    options = [*OPTIONS, ("grpc.lb_policy_name", "round_robin")]

    def connect() -> Sequence[grpc.aio.Channel]:
        if tls is None:
            return [grpc.aio.insecure_channel(target, options=options) for target in targets]
        return secure_channels(targets, tls_name, options, tls)

    return Channel(connect, signer, metrics, Watched(tls) if tls else None)


class Channel(grpc.aio.Channel):
    """Also a Part that closes on stop. It is always ready, so a peer that is down does not take this service out of rotation."""

    ready = True

    def __init__(
        self, connect: Callable[[], Sequence[grpc.aio.Channel]], signer: TokenSigner, metrics: Metrics, certificates: Watched | None
    ) -> None:
        self._connect, self._certificates, self.signer = connect, certificates, signer
        self.channels, self.generation = connect(), 0
        self._closing: set[asyncio.Future[None]] = set()
        self.seconds = metrics.histogram("grpc_client_seconds", "Unary calls made, by method and status", ["method", "status"])
        self.streams = metrics.counter("grpc_client_streams_total", "Streams opened, by method", ["method"])
        self._turn = 0

    def renew(self) -> None:
        """If the certificates have changed, further calls use new connections. Running ones have RENEW_SECONDS to end."""
        if self._certificates is None or not self._certificates.changed():
            return
        try:
            old, self.channels = self.channels, self._connect()
        except OSError as error:
            log.warning("certificates_unreadable", reason=type(error).__name__)
            return
        self.generation += 1
        for each in old:
            self._closing.add(closing := asyncio.ensure_future(each.close(RENEW_SECONDS)))
            closing.add_done_callback(self._closing.discard)

    def next_channel(self) -> int:
        """The index of the next connected replica, or of the next one if none is connected."""
        count = len(self.channels)
        if count == 1:
            return 0
        self._turn = start = (self._turn + 1) % count
        order = [(start + step) % count for step in range(count)]
        states = {n: self.channels[n].get_state(try_to_connect=True) for n in order}
        for wanted in (grpc.ChannelConnectivity.READY, grpc.ChannelConnectivity.CONNECTING, grpc.ChannelConnectivity.IDLE):
            for number in order:
                if states[number] is wanted:
                    return number
        return start

    def unary_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        return _UnaryMethod(self, "unary_unary", method, args, kwargs)

    def unary_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        return _StreamMethod(self, "unary_stream", method, args, kwargs)

    def stream_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        return _StreamMethod(self, "stream_unary", method, args, kwargs)

    def stream_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        return _StreamMethod(self, "stream_stream", method, args, kwargs)

    async def close(self, grace: float | None = None) -> None:
        for closing in self._closing:
            closing.cancel()
        for channel in self.channels:
            await channel.close(grace)

    async def start(self) -> None:
        """The channel connects on its first call."""

    stop = close

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        return self.channels[self.next_channel()].get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        await self.channels[self.next_channel()].wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        await self.channels[self.next_channel()].channel_ready()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()


class _Method:
    """A stub's callable that adds metadata and a deadline. Streams only have the deadline of the call that is being answered."""

    default_timeout: float | None = None

    def __init__(self, channel: Channel, kind: str, method: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        self._channel, self._method = channel, method
        self._make: Callable[[Any], Any] = lambda each: getattr(each, kind)(method, *args, **kwargs)
        self._inner: list[Any] = []
        self._generation = -1

    def __call__(self, request: Any = None, *, timeout: float | None = None, metadata: Any = None, **more: Any) -> Any:
        sent = list(metadata or ())
        if not any(key == "authorization" for key, _ in sent):
            sent.append(("authorization", f"Bearer {self._channel.signer.service_token()}"))
        if here := tracing.current_traceparent():
            sent.append((tracing.HEADER, here))
        self._channel.renew()
        if self._generation != self._channel.generation:
            self._inner, self._generation = [self._make(each) for each in self._channel.channels], self._channel.generation
        inner = self._inner[self._channel.next_channel()]
        limits = (self.default_timeout if timeout is None else timeout, seconds_left())
        timeout = min((limit for limit in limits if limit is not None), default=None)
        return inner(request, timeout=timeout, metadata=sent, **more)


class _StreamMethod(_Method):
    def __call__(self, request: Any = None, **more: Any) -> Any:
        self._channel.streams.labels(self._method).inc()
        return super().__call__(request, **more)


class _UnaryMethod(_Method):
    default_timeout = DEFAULT_TIMEOUT

    def __call__(self, request: Any = None, **more: Any) -> Any:
        began = time.perf_counter()
        made = super().__call__(request, **more)
        seconds, method = self._channel.seconds, self._method

        def observe(done: Any) -> None:
            seconds.labels(method, "cancelled" if done.cancelled() else "done").observe(time.perf_counter() - began)

        made.add_done_callback(observe)
        return made
