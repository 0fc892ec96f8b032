"""Calls to other services: one channel over all replicas, own token, trace context and a deadline on every call, which is no later
than that of the call that is being answered.

No gRPC interceptors: each would cost a task per call. The channel wraps the generated stubs' callables instead.
"""

import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Self

import grpc

from servicekit import tracing
from servicekit.errors import Unavailable
from servicekit.grpc_errors import from_rpc_error
from servicekit.identity import TokenSigner
from servicekit.metrics import Metrics
from servicekit.patience import seconds_left

DEFAULT_TIMEOUT = 5.0
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
)


def on_behalf(token: str) -> grpc.aio.Metadata:
    """Metadata that makes a call a person's, by that person's token."""
    return grpc.aio.Metadata(("authorization", f"Bearer {token}"))


async def call(method: Any, request: Any, *, token: str | None = None, timeout: float = DEFAULT_TIMEOUT) -> Any:
    """The answer of a unary method of a stub. Raises RemoteError, or Unavailable when no answer came in `timeout` seconds."""
    try:
        return await method(request, timeout=timeout, metadata=None if token is None else on_behalf(token))
    except grpc.aio.AioRpcError as error:
        raise from_rpc_error(error) from error
    except grpc.aio.UsageError as error:
        raise Unavailable("The connection to that service is closed.") from error


async def stream(method: Any, request: Any, *, token: str | None = None, timeout: float | None = None) -> AsyncGenerator[Any]:
    """The answers of a streaming method of a stub. Closing the generator ends the call. Raises what `call` raises, at the latest `timeout`
    seconds after the start."""
    answers = method(request, timeout=timeout, metadata=None if token is None else on_behalf(token))
    try:
        async for answer in answers:
            yield answer
    except grpc.aio.AioRpcError as error:
        raise from_rpc_error(error) from error
    except grpc.aio.UsageError as error:
        raise Unavailable("The connection to that service is closed.") from error
    finally:
        answers.cancel()


async def pages(list_page: Callable[[Any], Awaitable[Any]], request: Any) -> AsyncIterator[Any]:
    """The answers of a list RPC, page by page. Calls `list_page` with the request, whose `page_token` it sets; raises what that raises."""
    while True:
        page = await list_page(request)
        yield page
        request.page_token = page.next_page_token
        if not request.page_token:
            return


def channel(addresses: str | Sequence[str], signer: TokenSigner, metrics: Metrics) -> "Channel":
    """A channel that takes replicas in turn and passes over those that don't answer. Needs a running loop.

    `addresses` is host:port, one per replica (or a comma list of them); a name that stands for several hosts is balanced as well.
    """
    listed = [address.strip() for address in (addresses.split(",") if isinstance(addresses, str) else addresses)]
    if not listed:
        raise ValueError("at least one address is needed")
    # gRPC itself balances one name, or many numeric addresses, but not many names: those get a line each.
    numeric = all(_NUMERIC.fullmatch(address) for address in listed)
    targets = [f"ipv4:{','.join(listed)}"] if numeric else listed
    options = [*OPTIONS, ("grpc.lb_policy_name", "round_robin")]
    return Channel([grpc.aio.insecure_channel(target, options=options) for target in targets], signer, metrics)


class Channel(grpc.aio.Channel):
    """Also a Part, which closes itself when it stops. It is always ready: a peer that is down keeps this service in rotation."""

    ready = True

    def __init__(self, lines: Sequence[grpc.aio.Channel], signer: TokenSigner, metrics: Metrics) -> None:
        self.lines, self.signer = lines, signer
        self.seconds = metrics.histogram("grpc_client_seconds", "Unary calls made, by method and status", ["method", "status"])
        self._turn = 0

    def next_line(self) -> int:
        """The number of the next replica that is connected; of the next one at all when none is."""
        count = len(self.lines)
        if count == 1:
            return 0
        self._turn = start = (self._turn + 1) % count
        order = [(start + step) % count for step in range(count)]
        states = {n: self.lines[n].get_state(try_to_connect=True) for n in order}
        for wanted in (grpc.ChannelConnectivity.READY, grpc.ChannelConnectivity.CONNECTING, grpc.ChannelConnectivity.IDLE):
            for number in order:
                if states[number] is wanted:
                    return number
        return start

    def unary_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        return _UnaryMethod(self, method, [line.unary_unary(method, *args, **kwargs) for line in self.lines])

    def unary_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        return _Method(self, method, [line.unary_stream(method, *args, **kwargs) for line in self.lines])

    def stream_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        return _Method(self, method, [line.stream_unary(method, *args, **kwargs) for line in self.lines])

    def stream_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        return _Method(self, method, [line.stream_stream(method, *args, **kwargs) for line in self.lines])

    async def close(self, grace: float | None = None) -> None:
        for line in self.lines:
            await line.close(grace)

    async def start(self) -> None:
        """A channel connects with its first call."""

    async def stop(self) -> None:
        await self.close()

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        return self.lines[self.next_line()].get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        await self.lines[self.next_line()].wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        await self.lines[self.next_line()].channel_ready()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()


class _Method:
    """A stub's callable that adds what every call carries. Streams have no deadline but that of the call that is being answered."""

    default_timeout: float | None = None

    def __init__(self, channel: Channel, method: str, inner: Sequence[Any]) -> None:
        self._channel, self._method, self._inner = channel, method, inner

    def __call__(self, request: Any = None, *, timeout: float | None = None, metadata: Any = None, **more: Any) -> Any:
        carried = list(metadata or ())
        if not any(key == "authorization" for key, _ in carried):
            carried.append(("authorization", f"Bearer {self._channel.signer.service_token()}"))
        if here := tracing.current_traceparent():
            carried.append((tracing.HEADER, here))
        inner = self._inner[self._channel.next_line()]
        limits = (self.default_timeout if timeout is None else timeout, seconds_left())
        timeout = min((limit for limit in limits if limit is not None), default=None)
        return inner(request, timeout=timeout, metadata=carried, **more)


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
