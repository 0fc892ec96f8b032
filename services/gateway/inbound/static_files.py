"""The built browser apps: one page for each app, which makes its own way from there, and files beside them."""

import mimetypes
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, PlainTextResponse, RedirectResponse

from servicekit.errors import TypedError
from servicekit.logs import log
from services.gateway.domain.site import App
from services.gateway.inbound.edge import Edge

# Vite puts a hash of the content into the names below assets/: what one of them holds never changes.
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
ASK_AGAIN = {"Cache-Control": "no-cache"}
SIGN_IN = "/sign-in"
# Not every machine's table of types has it, and browsers are told to believe no other.
mimetypes.add_type("application/manifest+json", ".webmanifest")
NOT_BUILT = "The browser apps are not built: run `make web`."
MISSING = "missing/index.html"
SEE_OTHER = 303
LONGEST_WAY_BACK = 500


class StaticFiles:
    """`folder` is vite's output. Nothing outside of it is ever served."""

    def __init__(self, edge: Edge, folder: Path, gallery: bool) -> None:
        self._edge, self._folder, self._gallery = edge, folder.resolve(), gallery

    def add_to(self, router: APIRouter) -> None:
        """Last of all routes: what nothing else is for is looked for as a file."""

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
            # A service worker or a manifest is no page: it stays reachable for whoever has just signed out.
            if rest and (file := self._file(f"{app.value}/{rest}")):
                return FileResponse(file, headers=ASK_AGAIN)
            if not await self._may_load(request, app):
                return RedirectResponse(f"{SIGN_IN}?app={app.value}{_way_back(request)}", status_code=SEE_OTHER, headers=ASK_AGAIN)
            return self._index(app.value)

        return page

    async def _may_load(self, request: Request, app: App) -> bool:
        try:
            return await self._edge.may_be_person(request, app) is not None
        except TypedError as error:
            # The page itself says that something is out of reach, and goes on when it is back.
            log.warning("page_served_unasked", app=app.value, code=error.code)
            return True

    async def _sign_in_page(self, request: Request) -> Response:
        return self._index("signin")

    async def _front(self, request: Request) -> Response:
        # An app's cookie may be sent to its own path alone: the sign-in page finds out who is signed in, and leads to their app.
        return RedirectResponse(f"{SIGN_IN}?from=front", status_code=SEE_OTHER, headers=ASK_AGAIN)

    async def _other(self, request: Request) -> Response:
        rest: str = request.path_params["rest"]
        if rest == "gallery" and self._gallery:
            return self._index("gallery")
        if (rest.startswith("gallery/") and not self._gallery) or (file := self._file(rest)) is None:
            return self._not_found(request)
        return FileResponse(file, headers=FOR_EVER if rest.startswith("assets/") else ASK_AGAIN)

    def _index(self, name: str) -> Response:
        file = self._file(f"{name}/index.html")
        return FileResponse(file, headers=ASK_AGAIN) if file else PlainTextResponse(NOT_BUILT, status_code=404)

    def _not_found(self, request: Request) -> Response:
        """A page with a way back for a person, a line for a program."""
        page = self._file(MISSING) if "text/html" in request.headers.get("accept", "") else None
        return (
            FileResponse(page, status_code=404, headers=ASK_AGAIN) if page else PlainTextResponse("There is nothing here.", status_code=404)
        )

    def _file(self, path: str) -> Path | None:
        if "\0" in path or path != quote(path, safe="/-_.~@+ "):
            return None
        file = (self._folder / path).resolve()
        return file if file.is_relative_to(self._folder) and file.is_file() else None


def _way_back(request: Request) -> str:
    """The page that was asked for, for the sign-in page to lead back to; that page checks it (web/signin/return_path.ts)."""
    path = request.scope["raw_path"].partition(b"?")[0] + (b"?" + request.scope["query_string"] if request.scope["query_string"] else b"")
    return f"&to={quote(path, safe='')}" if len(path) <= LONGEST_WAY_BACK else ""
