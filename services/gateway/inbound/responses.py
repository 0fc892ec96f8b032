"""HTTP responses: proto JSON, each refusal as {"error": Refusal} with the status of its kind, and the headers of all of them."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response
from google.protobuf.message import Message as Proto
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from servicekit import tracing
from servicekit.errors import Kind, RemoteError, TypedError, as_typed
from servicekit.logs import log
from services.gateway.errors import WrongHost
from services.gateway.outbound import server_frames
from services.gateway.outbound.proto_json import proto_json

JSON = "application/json"
NO_STORE = {"Cache-Control": "no-store"}
STATUS: Mapping[Kind, int] = {
    Kind.CANCELLED: 499,
    Kind.UNKNOWN: 500,
    Kind.INVALID_ARGUMENT: 400,
    Kind.DEADLINE_EXCEEDED: 504,
    Kind.NOT_FOUND: 404,
    Kind.ALREADY_EXISTS: 409,
    Kind.PERMISSION_DENIED: 403,
    Kind.RESOURCE_EXHAUSTED: 429,
    Kind.FAILED_PRECONDITION: 409,
    Kind.ABORTED: 409,
    Kind.OUT_OF_RANGE: 400,
    Kind.UNIMPLEMENTED: 501,
    Kind.INTERNAL: 500,
    Kind.UNAVAILABLE: 503,
    Kind.DATA_LOSS: 500,
    Kind.UNAUTHENTICATED: 401,
}
# Kinds of refusals that are logged: those of access and of input. Limits log theirs by themselves.
LOGGED = frozenset({Kind.UNAUTHENTICATED, Kind.PERMISSION_DENIED, Kind.INVALID_ARGUMENT})
# Spec 10.7. Everything is loaded from this origin, also the socket. blob: is for previews and sounds that a page creates.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    )
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), idle-detection=(self)",
}
ONLY_HTTPS = "max-age=31536000; includeSubDomains"
Endpoint = Callable[[Request], Awaitable[Response]]


def proto_answer(message: Proto) -> Response:
    return Response(proto_json(message), media_type=JSON, headers=NO_STORE)


def nothing() -> Response:
    return Response(status_code=204, headers=NO_STORE)


def refusal(error: TypedError, status: int = 0) -> Response:
    """`status` is the HTTP status, if it is not that of the error's kind."""
    body = proto_json(server_frames.refusal_of(error))
    wait = {"Retry-After": error.details["retry_after"]} if "retry_after" in error.details else {}
    status = status or (HTTPStatus.MISDIRECTED_REQUEST if isinstance(error, WrongHost) else STATUS[Kind(error.kind)])
    return Response(b'{"error":%b}' % body, status_code=status, media_type=JSON, headers=NO_STORE | wait)


def with_safe_headers(app: ASGIApp, https: bool, form_origins: Collection[str] = ()) -> ASGIApp:
    """Adds the headers that a response does not have. Plain ASGI, so that a download is streamed. `form_origins`: other origins to which
    pages may send forms."""
    own = {**HEADERS, "Content-Security-Policy": " ".join((POLICY, *form_origins))}

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safe(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers: Any = MutableHeaders(scope=message)
                for name, value in own.items():
                    headers.setdefault(name, value)
                if https:
                    headers.setdefault("Strict-Transport-Security", ONLY_HTTPS)
                if message["status"] >= 400:
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await app(scope, receive, send_safe)

    return answer


def add_call(router: APIRouter, verb: str, path: str, endpoint: Endpoint) -> None:
    """Adds a route. Errors of the endpoint become responses, and its span belongs to the page's trace."""

    async def answer(request: Request) -> Response:
        try:
            with tracing.span(f"{request.method} {path}", request.headers.get(tracing.HEADER, "")):
                try:
                    return await endpoint(request)
                except ClientDisconnect:
                    return Response(status_code=STATUS[Kind.CANCELLED])  # not sent: the connection is closed
                except Exception as error:
                    refused = as_typed(error) or _internal(error, path)
                    _log_refusal(request, path, refused)
                    raise refused from error
        except TypedError as error:
            return refusal(error)

    router.add_api_route(path, answer, methods=[verb], response_model=None)


def _log_refusal(request: Request, path: str, error: TypedError) -> None:
    """`path` is the route's, without ids. A service that refused has logged it by itself."""
    if error.kind in LOGGED and not isinstance(error, RemoteError):
        by = getattr(request.state, "caller", None)
        request.app.state.refusals.add("request_refused", error.kind.value, by, method=request.method, path=path, code=error.code)


def _internal(error: Exception, path: str) -> TypedError:
    # The text may contain what people wrote, so it only goes to the log of this process.
    log.error("request_failed", path=path, exc_info=error)
    return TypedError("An internal error occurred.")
