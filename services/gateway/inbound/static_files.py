"""The built browser apps: one HTML page for each app, and files."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse

from servicekit.errors import TypedError
from servicekit.logs import log
from services.gateway.domain.site import App
from services.gateway.errors import NotSignedIn
from services.gateway.inbound.built_files import file_response
from services.gateway.inbound.edge import Edge

# Vite puts a hash of the content into the names below assets/, so their content never changes.
IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable"}
REVALIDATE = {"Cache-Control": "no-cache"}
SIGN_IN = "/sign-in"
NOT_BUILT = "The browser apps are not built: run `make web`."
MISSING = "missing/index.html"
SEE_OTHER = 303
MAX_RETURN_PATH = 500


class StaticFiles:
    """`folder` is vite's output. Nothing outside it is served."""

    def __init__(self, edge: Edge, folder: Path, gallery: bool) -> None:
        self._edge, self._folder, self._gallery = edge, folder.resolve(), gallery

    def add_to(self, router: APIRouter) -> None:
        """Must be added last: any other path is served as a file."""

        def route(path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> None:
            router.add_api_route(path, endpoint, methods=["GET", "HEAD"], response_model=None)

        for app in App:
            for path in (app.path, f"{app.path}/{{rest:path}}"):
                route(path, self._page_of(app))
        for path in (SIGN_IN, f"{SIGN_IN}/"):
            route(path, self._sign_in_page)
        route("/", self._front)
        route("/{rest:path}", self._other)

    def _page_of(self, app: App) -> Callable[[Request], Awaitable[Response]]:
        async def page(request: Request) -> Response:
            rest = request.path_params.get("rest", "")
            if rest.startswith("api/") or rest == "socket":
                return self._not_found(request)
            # A service worker or a manifest is also served to people who are signed out.
            if rest and (file := self._file(f"{app.value}/{rest}")):
                return file_response(request, file, REVALIDATE)
            if not await self._may_load(request, app):
                return RedirectResponse(f"{SIGN_IN}?app={app.value}{_return_path(request)}", status_code=SEE_OTHER, headers=REVALIDATE)
            return self._index(request, app.value)

        return page

    async def _may_load(self, request: Request, app: App) -> bool:
        try:
            await self._edge.sign_ins.who(app, self._edge.secret(request, app))
        except NotSignedIn:
            return False
        except TypedError as error:
            # The page shows that a service is unreachable, and retries.
            log.warning("page_served_unchecked", app=app.value, code=error.code)
        return True

    async def _sign_in_page(self, request: Request) -> Response:
        return self._index(request, "signin")

    async def _front(self, request: Request) -> Response:
        # An app's cookie may be limited to its path, so the sign-in page finds the person's app.
        return RedirectResponse(f"{SIGN_IN}?from=front", status_code=SEE_OTHER, headers=REVALIDATE)

    async def _other(self, request: Request) -> Response:
        rest: str = request.path_params["rest"]
        if rest == "gallery" and self._gallery:
            return self._index(request, "gallery")
        if (rest.startswith("gallery/") and not self._gallery) or (file := self._file(rest)) is None:
            return self._not_found(request)
        return file_response(request, file, IMMUTABLE if rest.startswith("assets/") else REVALIDATE)

    def _index(self, request: Request, name: str) -> Response:
        file = self._file(f"{name}/index.html")
        return file_response(request, file, REVALIDATE) if file else PlainTextResponse(NOT_BUILT, status_code=404)

    def _not_found(self, request: Request) -> Response:
        """A page with a link back for people, a text line for programs."""
        page = self._file(MISSING) if "text/html" in request.headers.get("accept", "") else None
        return file_response(request, page, REVALIDATE, 404) if page else PlainTextResponse("There is nothing here.", status_code=404)

    def _file(self, path: str) -> Path | None:
        if "\0" in path or path != quote(path, safe="/-_.~@+ "):
            return None
        file = (self._folder / path).resolve()
        return file if file.is_relative_to(self._folder) and file.is_file() else None


def _return_path(request: Request) -> str:
    """The requested page as the sign-in page's return path, which that page checks (web/signin/return_path.ts)."""
    path = request.scope["raw_path"].partition(b"?")[0] + (b"?" + request.scope["query_string"] if request.scope["query_string"] else b"")
    return f"&to={quote(path, safe='')}" if len(path) <= MAX_RETURN_PATH else ""
