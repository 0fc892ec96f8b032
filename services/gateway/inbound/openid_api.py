"""Signing in at identity providers: their list, the redirect to one, and its answer (spec 10.1)."""

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from parley.gateway.v1.gateway_pb2 import SignInProvider, SignInProviders
from servicekit.clock import Clock
from services.gateway.domain.provider import LASTS, Provider, return_path
from services.gateway.errors import TooMany
from services.gateway.handlers.openid_sign_in import OpenIdSignIn
from services.gateway.inbound.edge import SAME_ORIGIN, Edge, asked_from
from services.gateway.inbound.responses import NO_STORE, add_call, proto_answer
from services.gateway.inbound.websocket import cookie_of

PATH = "/sign-in/api"
SEE_OTHER = 303
# A sealed sign-in with the longest page to return to has 1,300 characters.
MAX_COOKIE = 2000


class OpenIdApi:
    def __init__(self, edge: Edge, sign_in: OpenIdSignIn, clock: Clock) -> None:
        self._edge, self._sign_in, self._clock = edge, sign_in, clock

    def add_to(self, router: APIRouter) -> None:
        add_call(router, "GET", f"{PATH}/providers", self._providers)
        add_call(router, "GET", f"{PATH}/begin", self._begin)
        add_call(router, "GET", f"{PATH}/callback/{{provider}}", self._callback)

    async def _providers(self, request: Request) -> Response:
        listed = self._sign_in.listed(request.query_params.get("desk", ""))
        return proto_answer(SignInProviders(providers=[SignInProvider(id=one.id, name=one.name, app=one.app.value) for one in listed]))

    async def _begin(self, request: Request) -> Response:
        provider = self._sign_in.provider(request.query_params.get("provider", ""))
        if refused := self._too_many(request, provider):
            return refused
        query = request.query_params
        # A provider with a session of the person answers without asking. A link of another site or of a mail must not sign anybody in so.
        if asked_from(request) != SAME_ORIGIN:
            return _sign_in_page(provider, query.get("to", ""))
        address, cookie, failed = await self._sign_in.begin(provider, query.get("to", ""), anew=query.get("anew") == "true")
        if failed is not None:
            return _sign_in_page(provider, failed.to, failed.why or "")
        response = RedirectResponse(address, status_code=SEE_OTHER, headers=NO_STORE)
        self._set_cookie(request, response, cookie, int(LASTS.total_seconds()))
        return response

    async def _callback(self, request: Request) -> Response:
        provider = self._sign_in.provider(request.path_params["provider"])
        if refused := self._too_many(request, provider):
            return refused
        sealed = cookie_of(request.headers.get("cookie", ""), self._cookie(request), MAX_COOKIE)
        address, replaces = self._edge.address(request), self._edge.sign_ins_of(request)
        ended = await self._sign_in.finish(provider, sealed, request.query_params, address, replaces)
        if ended.signed_in is None:
            response = _sign_in_page(provider, ended.to, ended.why or "")
        else:
            response = RedirectResponse(ended.to, status_code=SEE_OTHER, headers=NO_STORE)
            self._edge.set_cookie(request, response, provider.app, ended.secret, ended.signed_in.expires_at - self._clock.now())
        # An answer counts once.
        self._set_cookie(request, response, "", 0)
        return response

    def _too_many(self, request: Request, provider: Provider) -> Response | None:
        """The refusal of a sign-in above its address's limit (spec 10.4), as a page: a browser follows a link here."""
        try:
            self._edge.check_sign_in(request)
        except TooMany as error:
            return _sign_in_page(provider, request.query_params.get("to", ""), error.code, error.details["retry_after"])
        return None

    def _cookie(self, request: Request) -> str:
        return "__Host-parley_sign_in" if self._edge.is_https(request) else "parley_sign_in"

    def _set_cookie(self, request: Request, response: Response, sealed: str, seconds: int) -> None:
        https = self._edge.is_https(request)
        path = "/" if https else PATH
        response.set_cookie(self._cookie(request), sealed, max_age=seconds, path=path, secure=https, httponly=True, samesite="lax")


def _sign_in_page(provider: Provider, to: str, why: str = "", wait: str = "") -> Response:
    """The sign-in page, where the person may begin, after a failure with the reason. `wait`: the seconds until they may."""
    desk = "" if provider.listed else provider.desk_id
    query = {"app": provider.app.value, "why": why, "wait": wait, "desk": desk, "to": to and return_path(provider.app, to)}
    shown = urlencode({name: value for name, value in query.items() if value})
    return RedirectResponse(f"/sign-in?{shown}", status_code=SEE_OTHER, headers=NO_STORE)
