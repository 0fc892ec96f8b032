"""The gateway's HTTP application: calls of both apps and of the sign-in page, files, and the headers of every response."""

from collections.abc import Collection, Mapping

from fastapi import FastAPI, Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from servicekit.refusal_log import RefusalLog
from services.gateway.domain.limits import Limit
from services.gateway.domain.site import App
from services.gateway.errors import NotFound, WrongHost
from services.gateway.handlers.rate_limiter import too_many
from services.gateway.inbound.app_api import AppApi
from services.gateway.inbound.audit_download import add_audit_download
from services.gateway.inbound.call_routes import CALLS_OF_BOTH, PORTAL_CALLS, TECH_CALLS, add_calls
from services.gateway.inbound.downloads import add_downloads
from services.gateway.inbound.edge import Edge
from services.gateway.inbound.openid_api import OpenIdApi
from services.gateway.inbound.responses import Endpoint, refusal, with_safe_headers
from services.gateway.inbound.sign_in_api import SignInApi
from services.gateway.inbound.static_files import StaticFiles
from services.gateway.inbound.uploads import UploadApi
from services.gateway.ports import Service

# Longer than any route, and shorter than a file system's limit, which raises.
MAX_PATH = 200
NOT_FOUND = "There is nothing at this address."


def build_http(
    edge: Edge,
    services: Mapping[str, Service],
    both: AppApi,
    uploads: UploadApi,
    sign_in: SignInApi,
    openid: OpenIdApi,
    files: StaticFiles,
    form_origins: Collection[str],
    refusals: RefusalLog,
) -> ASGIApp:
    """The ASGI application. `form_origins`: other origins to which pages may send forms."""
    http = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    http.state.refusals = refusals
    http.add_exception_handler(HTTPException, _not_found)
    sign_in.add_to(http.router)
    openid.add_to(http.router)
    for app, calls in ((App.TECH, TECH_CALLS), (App.PORTAL, PORTAL_CALLS)):
        both.add_to(http.router, app)
        uploads.add_to(http.router, app)
        add_downloads(http.router, app, edge, services)
        add_calls(http.router, app, (*CALLS_OF_BOTH, *calls), edge, services)
    add_audit_download(http.router, edge, services["audit"])
    files.add_to(http.router)
    return RequestFilter(http, edge, form_origins, refusals)


async def _not_found(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException), "it is added for this class"
    answer = refusal(NotFound(NOT_FOUND), error.status_code)
    answer.headers.update(error.headers or {})
    return answer


def direct_endpoints(http: FastAPI) -> Mapping[tuple[str, str], Endpoint]:
    """By method and path: the endpoints of the calls whose path has no parameter, unless an earlier route takes that path. FastAPI's own
    way to an endpoint costs more than a page's start (docs/performance.md). Errors of a call become responses within its endpoint; those
    of pages and other files need FastAPI's."""
    routes = [route for route in http.routes if isinstance(route, APIRoute)]
    found: dict[tuple[str, str], Endpoint] = {}
    for route in routes:
        for method in () if route.param_convertors or "/api/" not in route.path else route.methods or ():
            scope = {"type": "http", "method": method, "path": route.path, "root_path": ""}
            if next(each for each in routes if each.matches(scope)[0] is Match.FULL) is route:
                found[method, route.path] = route.endpoint
    return found


class RequestFilter:
    """Refuses requests that no route may get, and adds the headers that a response does not have. Plain ASGI, so that a download is
    streamed."""

    def __init__(self, app: FastAPI, edge: Edge, form_origins: Collection[str], refusals: RefusalLog) -> None:
        self._app, self._edge, self._form_origins, self._refusals = app, edge, form_origins, refusals
        self._direct = direct_endpoints(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        app = with_safe_headers(self._refused(request) or self._routed, self._edge.is_https(request), self._form_origins)
        await app(scope, receive, send)

    async def _routed(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = self._direct.get((scope["method"], scope["path"]))
        if endpoint is None:
            await self._app(scope, receive, send)
        else:
            scope["app"] = self._app
            answer = await endpoint(Request(scope, receive, send))
            await answer(scope, receive, send)

    def _refused(self, request: Request) -> Response | None:
        """The refusal of a request above its address's limit, with a path longer than any route, or for another host. Every request
        counts for its address before anything else (spec 10.4)."""
        if wait := self._edge.limiter.wait(Limit.REQUESTS, address=self._edge.address_key(request)):
            return refusal(too_many(Limit.REQUESTS, wait))
        if len(request.scope["path"]) > MAX_PATH:
            return refusal(NotFound(NOT_FOUND))
        if not self._edge.site.serves(request.headers.get("host", "")):
            self._refusals.add("request_refused", WrongHost.kind.value, code=WrongHost.code)
            return refusal(WrongHost("This host is not served here."))
        return None
