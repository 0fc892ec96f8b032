"""All of the gateway's HTTP: both apps' calls, the sign-in page's, and the files; with the headers that every answer carries."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from servicekit.errors import as_typed
from services.gateway.domain.apps import App
from services.gateway.domain.errors import NoSuchPlace
from services.gateway.inbound.answers import refusal
from services.gateway.inbound.both_api import CALLS_OF_BOTH, BothApi
from services.gateway.inbound.call_routes import add_calls
from services.gateway.inbound.edge import Edge
from services.gateway.inbound.portal_api import PORTAL_CALLS
from services.gateway.inbound.sign_in_api import SignInApi
from services.gateway.inbound.static_files import StaticFiles
from services.gateway.inbound.tech_api import TECH_CALLS
from services.gateway.ports import Service

# Spec 10.7. Everything comes from this origin, the socket as well; blob: is for previews and sounds that a page makes itself.
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
}
ONLY_HTTPS = "max-age=31536000; includeSubDomains"


def build_http(edge: Edge, services: Mapping[str, Service], both: BothApi, sign_in: SignInApi, files: StaticFiles) -> ASGIApp:
    """The ASGI application."""
    http = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    http.add_exception_handler(HTTPException, _no_such_place)
    sign_in.add_to(http.router)
    for app, calls in ((App.TECH, TECH_CALLS), (App.PORTAL, PORTAL_CALLS)):
        both.add_to(http.router, app)
        add_calls(http.router, app, (*CALLS_OF_BOTH, *calls), edge, services)
    files.add_to(http.router)
    return SafeHeaders(http, edge.https, edge.trust_proxy)


async def _no_such_place(request: Request, error: Exception) -> Response:
    typed = as_typed(NoSuchPlace("There is nothing here for this."))
    assert typed is not None, "every error of the gateway's family has the four attributes"
    answer = refusal(typed)
    if isinstance(error, HTTPException):
        answer.status_code = error.status_code
        answer.headers.update(error.headers or {})
    return answer


class SafeHeaders:
    """Adds what an answer does not carry already. Plain ASGI, so that a download is passed on piece by piece."""

    def __init__(self, app: ASGIApp, https: bool, trust_proxy: bool) -> None:
        self._app, self._https, self._trust_proxy = app, https, trust_proxy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        https = self._https or (self._trust_proxy and Headers(scope=scope).get("x-forwarded-proto", "") == "https")

        async def send_safe(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers: Any = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if https:
                    headers.setdefault("Strict-Transport-Security", ONLY_HTTPS)
            await send(message)

        await self._app(scope, receive, send_safe)
