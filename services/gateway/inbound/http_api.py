"""The gateway's HTTP application: calls of both apps and of the sign-in page, files, and the headers of every response."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.domain.limits import Limit
from services.gateway.domain.site import App
from services.gateway.errors import NotFound, WrongHost
from services.gateway.handlers.rate_limiter import too_many
from services.gateway.inbound.app_api import AppApi
from services.gateway.inbound.call_routes import CALLS_OF_BOTH, PORTAL_CALLS, TECH_CALLS, add_calls
from services.gateway.inbound.edge import Edge
from services.gateway.inbound.responses import refusal
from services.gateway.inbound.sign_in_api import SignInApi
from services.gateway.inbound.static_files import StaticFiles
from services.gateway.ports import Service

# Spec 10.7. Everything is loaded from this origin, also the socket. blob: is for previews and sounds that a page creates.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
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
# Longer than any route, and shorter than a file system's limit, which raises.
LONGEST_PATH = 200
NOT_FOUND = "There is nothing at this address."
ONLY_HTTPS = "max-age=31536000; includeSubDomains"


def build_http(edge: Edge, services: Mapping[str, Service], both: AppApi, sign_in: SignInApi, files: StaticFiles) -> ASGIApp:
    """The ASGI application."""
    http = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    http.add_exception_handler(HTTPException, _not_found)
    sign_in.add_to(http.router)
    for app, calls in ((App.TECH, TECH_CALLS), (App.PORTAL, PORTAL_CALLS)):
        both.add_to(http.router, app)
        add_calls(http.router, app, (*CALLS_OF_BOTH, *calls), edge, services)
    files.add_to(http.router)
    return RequestFilter(http, edge)


async def _not_found(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException), "it is added for this class"
    answer = refusal(NotFound(NOT_FOUND), error.status_code)
    answer.headers.update(error.headers or {})
    return answer


class RequestFilter:
    """Refuses requests that no route may get, and adds the headers that a response does not have. Plain ASGI, so that a download is
    streamed."""

    def __init__(self, app: ASGIApp, edge: Edge) -> None:
        self._app, self._edge = app, edge

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        https = self._edge.is_https(Request(scope))

        async def send_safe(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers: Any = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if https:
                    headers.setdefault("Strict-Transport-Security", ONLY_HTTPS)
                if message["status"] >= 400:
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        app = self._refused(Request(scope)) or self._app
        await app(scope, receive, send_safe)

    def _refused(self, request: Request) -> Response | None:
        """The refusal of a request above its address's limit, with a path longer than any route, or for another host. Every request
        counts for its address before anything else (spec 10.4)."""
        if wait := self._edge.limiter.wait(Limit.REQUESTS, address=self._edge.address_key(request)):
            return refusal(too_many(Limit.REQUESTS, wait))
        if len(request.scope["path"]) > LONGEST_PATH:
            return refusal(NotFound(NOT_FOUND))
        if not self._edge.site.serves(request.headers.get("host", "")):
            return refusal(WrongHost("This host is not served here."), HTTPStatus.MISDIRECTED_REQUEST)
        return None
