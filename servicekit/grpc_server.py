"""A gRPC server that gives every call a caller, a span and a metric, and maps errors to statuses (grpc_errors.py).

Methods return whole messages. In answers to customers the server removes what customers must not see (visibility.py), but not in what a
method writes to its context: such a method must refuse customers. Health and reflection are included and need no token.
grpc_access.py checks who may call which RPC.
"""

import asyncio
import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

import grpc
from google.protobuf.message import Message
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from servicekit import tracing
from servicekit.call_deadline import set_call_deadline
from servicekit.errors import InvalidArgument, Kind, TypedError, as_typed
from servicekit.grpc_access import Access, PersonOf, require_single_values
from servicekit.grpc_errors import ACCEPTED, to_status
from servicekit.grpc_tls import TlsFiles, server_credentials
from servicekit.identity import Caller, TokenVerifier
from servicekit.identity import require_scope as require_scope
from servicekit.identity import require_service as require_service
from servicekit.logs import log
from servicekit.metrics import Metrics
from servicekit.refusal_log import RefusalLog
from servicekit.visibility import for_customers

OPEN_TO_ALL = ("/grpc.health.v1.Health/", "/grpc.reflection.v1alpha.ServerReflection/")
STOP_SECONDS = 4.0
# Kinds of refused calls that are logged. Forbidden objects look missing, so those are logged as well.
LOGGED = frozenset({Kind.UNAUTHENTICATED, Kind.PERMISSION_DENIED, Kind.NOT_FOUND, Kind.INVALID_ARGUMENT})
# A call with less time left is refused, because no write completes in it.
LEAST_SECONDS = 0.005
OPTIONS: Sequence[tuple[str, int]] = (
    ("grpc.so_reuseport", 0),  # a taken port is an error, not a silent share of its calls
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
    ("grpc.max_receive_message_length", 8 * 1024 * 1024),
    # Clients reconnect this often and look up names again, so that they find new replicas. Open streams go on.
    ("grpc.max_connection_age_ms", 60_000),
)
# For a server that receives files: a caller has at most 64 KiB of a stream on their way. By default gRPC measures the network, and then
# holds megabytes of a stream that is read slowly.
SMALL_WINDOW = ("grpc.http2.bdp_probe", 0)
_caller: ContextVar[Caller] = ContextVar("caller")


def caller_of(context: Any) -> Caller:
    """The caller of the call that is being answered; `context` is the servicer's."""
    del context  # the caller belongs to the task of the call
    return _caller.get()


async def accept(context: Any) -> None:
    """Tells the caller of a method that takes a stream that its first request is accepted; grpc_client.upload waits for it."""
    await context.send_initial_metadata(((ACCEPTED, "1"),))


class GrpcServer:
    """Listens on `address` (host:port, port 0 for a free one). `services`: full names and the functions that add them to the server.

    `scopes`: for a gRPC service's full name the scope that a service account needs for each RPC. `person_of` finds the person for whom a
    service account acts. `end_streams` is called on stop, for methods whose streams have no other end. With
    `tls` only callers with a certificate are served, health checks included. `options` of gRPC are added to OPTIONS.
    """

    waits_for = "its port"

    def __init__(
        self,
        address: str,
        verifier: TokenVerifier,
        metrics: Metrics,
        *,
        services: Sequence[tuple[str, Callable[[grpc.aio.Server], None]]] = (),
        scopes: Mapping[str, Mapping[str, str]] | None = None,
        person_of: PersonOf | None = None,
        end_streams: Callable[[], None] = lambda: None,
        tls: TlsFiles | None = None,
        options: Sequence[tuple[str, int]] = (),
    ) -> None:
        self.address, self.ready = address, False
        self._services, self._end_streams, self._tls = services, end_streams, tls
        self._options = [*OPTIONS, *options]
        self._interceptor = _Interceptor(Access(verifier, scopes or {}, person_of), metrics)
        self._server: grpc.aio.Server | None = None
        self._health = health.aio.HealthServicer()

    async def start(self) -> None:
        """Raises OSError when the port is taken or a certificate is unreadable."""
        server = self._server = grpc.aio.server(interceptors=[self._interceptor], options=self._options)
        names = [name for name, _ in self._services]
        for _, add in self._services:
            add(server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        reflection.enable_server_reflection([*names, health.SERVICE_NAME, reflection.SERVICE_NAME], server)
        host = self.address.rpartition(":")[0]
        try:
            if self._tls is None:
                port = server.add_insecure_port(self.address)
            else:
                port = server.add_secure_port(self.address, server_credentials(self._tls))
        except RuntimeError as error:
            raise OSError(f"Can't listen on {self.address}: is another process using that port?") from error
        self.address = f"{host}:{port}"
        await server.start()
        await self.show_health(False)
        self.ready = True

    async def show_health(self, healthy: bool) -> None:
        """Sets the answer to health checks, for each service and for all."""
        status = health_pb2.HealthCheckResponse.SERVING if healthy else health_pb2.HealthCheckResponse.NOT_SERVING
        for name in ["", *(name for name, _ in self._services)]:
            await self._health.set(name, status)

    async def stop(self) -> None:
        """Refuses new calls, and cancels running ones after STOP_SECONDS."""
        self.ready = False
        if self._server is not None:
            await self._health.enter_graceful_shutdown()
            stopping = asyncio.ensure_future(self._server.stop(STOP_SECONDS))
            await asyncio.sleep(0)  # the server refuses calls before streams end, so that their callers go elsewhere
            self._end_streams()
            await stopping
            self._server = None
            self._interceptor.refusals.flush()


class _Interceptor(grpc.aio.ServerInterceptor):
    """Wraps each method once and caches the wrapped one."""

    def __init__(self, access: Access, metrics: Metrics) -> None:
        self._access, self.refusals = access, RefusalLog()
        self._wrapped: dict[str, Any] = {}
        self._seconds = metrics.histogram("grpc_server_seconds", "Calls answered, by method and status", ["method", "status"])

    async def intercept_service(self, continuation: Callable[[Any], Awaitable[Any]], call: Any) -> Any:
        method = call.method
        found = self._wrapped.get(method)
        if found is None:
            handler = await continuation(call)
            if handler is None or method.startswith(OPEN_TO_ALL):
                return handler
            found = self._wrapped[method] = self._wrap(handler, method)
        return found

    def _wrap(self, handler: Any, method: str) -> Any:
        kind = ("stream" if handler.request_streaming else "unary") + "_" + ("stream" if handler.response_streaming else "unary")
        inner = getattr(handler, kind)
        # A streaming method either yields its answers or writes them to its context; gRPC distinguishes the two by the function's type.
        wrapped = self._yielding(inner, method) if inspect.isasyncgenfunction(inner) else self._returning(inner, method)
        make = getattr(grpc, f"{kind}_rpc_method_handler")
        read = handler.request_deserializer
        # An unreadable request is passed on, because gRPC would answer UNKNOWN.
        if read is not None:
            read = _reader(read)
        return make(wrapped, request_deserializer=read, response_serializer=handler.response_serializer)

    def _returning(self, inner: Callable[[Any, Any], Awaitable[Any]], method: str) -> Callable[[Any, Any], Awaitable[Any]]:
        async def answer(request: Any, context: Any) -> Any:
            async with self._call(method, context) as caller:
                return _visible_to(caller, await inner(_readable(request), context))

        return answer

    def _yielding(self, inner: Callable[[Any, Any], AsyncIterator[Any]], method: str) -> Callable[[Any, Any], AsyncIterator[Any]]:
        async def answers(request: Any, context: Any) -> AsyncIterator[Any]:
            async with self._call(method, context) as caller:
                async for response in inner(_readable(request), context):
                    yield _visible_to(caller, response)

        return answers

    @asynccontextmanager
    async def _call(self, method: str, context: Any) -> AsyncIterator[Caller]:
        """Identifies the caller, and ends the call with the status of the block's error."""
        began, status = time.perf_counter(), "cancelled"
        caller: Caller | None = None
        sent = context.invocation_metadata() or ()
        metadata = {key: value for key, value in sent if isinstance(value, str)}
        try:
            with tracing.span(method, metadata.get(tracing.HEADER, "")):
                try:
                    left = context.time_remaining()
                    _require_time(left)
                    set_call_deadline(left)
                    require_single_values(key for key, _ in sent)
                    caller = self._access.named(metadata)
                    caller = await self._access.caller(method, metadata, caller)
                    _caller.set(caller)
                    yield caller
                    status = "ok"
                except grpc.aio.AbortError:
                    status = "aborted"
                    raise
                except Exception as error:
                    typed = as_typed(error) or _internal(error, method)
                    status = typed.kind.value
                    if typed.kind in LOGGED:
                        self.refusals.add("call_refused", status, caller, method=method, code=typed.code)
                    raise typed from error
                finally:
                    self._seconds.labels(method, status).observe(time.perf_counter() - began)
        except TypedError as refused:
            code, message, trailing = to_status(refused)
            await context.abort(code, message, trailing)


# Replaces a request that cannot be parsed.
_UNREADABLE = object()


def _reader(read: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    def parse_or_refuse(data: bytes) -> Any:
        try:
            return read(data)
        except Exception:
            return _UNREADABLE

    return parse_or_refuse


def _readable(request: Any) -> Any:
    """The request, or the requests of a stream. Raises InvalidArgument, for a stream when the unreadable one is reached."""
    if hasattr(request, "__aiter__"):
        return _readable_stream(request)
    if request is _UNREADABLE:
        raise InvalidArgument("The request cannot be parsed.")
    return request


async def _readable_stream(requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
    async for request in requests:
        yield _readable(request)


def _visible_to(caller: Caller, answer: Any) -> Any:
    return for_customers(answer) if caller.kind == "customer" and isinstance(answer, Message) else answer


def _require_time(left: float | None) -> None:
    if left is not None and left < LEAST_SECONDS:
        raise TypedError.of(Kind.DEADLINE_EXCEEDED, "too_late", "The deadline passed before the call started.")


def _internal(error: Exception, method: str) -> TypedError:
    # The text may contain what people wrote, so it only goes to the log of this process.
    log.error("call_failed", method=method, exc_info=error)
    return TypedError.of(Kind.INTERNAL, "internal", "An internal error occurred.")
