"""The checks that precede every request: origin, sign-in and rate limits; and the cookies."""

from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request, Response

from services.gateway.domain.limits import Limit, address_key, address_of
from services.gateway.domain.site import App, Site
from services.gateway.errors import SignInNotNamed, WrongOrigin
from services.gateway.handlers.rate_limiter import RateLimiter
from services.gateway.handlers.sign_ins import SignIns
from services.gateway.inbound.websocket import cookie_of
from services.gateway.ports import SignedIn

READS = frozenset({"GET", "HEAD"})
# The id of the sign-in that the page began with (spec 10.8).
SIGN_IN_HEADER = "Parley-Sign-In"
FORWARDED_PROTO = "x-forwarded-proto"
# What a browser sends of a request that a page of this site made, and of one from the address bar, a bookmark or another program.
SAME_ORIGIN, NO_PAGE = "same-origin", "none"


def asked_from(request: Request) -> str:
    """What the browser sends of the page that made the request; SAME_ORIGIN on plain http, where browsers send nothing."""
    return request.headers.get("sec-fetch-site", SAME_ORIGIN)


@dataclass(frozen=True, slots=True)
class Edge:
    """`trust_proxy`: a proxy in front sets X-Forwarded-For."""

    sign_ins: SignIns
    site: Site
    trust_proxy: bool
    limiter: RateLimiter

    async def person(self, request: Request, app: App, limit: Limit | None = None) -> SignedIn:
        """The request's person. `limit` is taken in addition to the person's requests.

        Raises WrongOrigin, NotSignedIn, OtherSignIn, SignInNotNamed, TooMany, Unavailable.
        """
        self.check_origin(request)
        named = request.headers.get(SIGN_IN_HEADER, "")
        who = await self.sign_ins.who(app, self.secret(request, app), named)
        request.state.caller = who.caller  # for the log of a refusal
        self.limiter.check(Limit.REQUESTS, by=who.caller)
        # A read may omit it, because a download is a plain link.
        if not named and request.method not in READS:
            raise SignInNotNamed(f"The header {SIGN_IN_HEADER} must name the sign-in that the page began with.", field=SIGN_IN_HEADER)
        if limit is not None:
            self.limiter.check(limit, by=who.caller, address=self.address_key(request))
        return who

    def sign_ins_of(self, request: Request) -> list[str]:
        """The secrets of the browser's sign-ins, of which a new one replaces that of its app. On plain http a cookie has its app's path
        and does not arrive at the sign-in page, so its sign-in lasts until it expires."""
        return [secret for app in App if (secret := self.secret(request, app))]

    def check_sign_in(self, request: Request) -> None:
        """Checks a request to sign in. Raises WrongOrigin, TooMany."""
        self.check_origin(request)
        self.limiter.check(Limit.SIGN_IN, address=self.address_key(request))

    def check_origin(self, request: Request) -> None:
        """Raises WrongOrigin for a write that does not come from a page of this site (spec 10.7)."""
        headers = request.headers
        if request.method in READS:
            return
        if not self.site.may_write(headers.get("origin", ""), headers.get("host", ""), headers.get(FORWARDED_PROTO, "")):
            raise WrongOrigin("Writes are accepted from pages of this site only.")

    def secret(self, request: Request, app: App) -> str:
        return cookie_of(request.headers.get("cookie", ""), app.cookie(self.is_https(request)))

    def is_https(self, request: Request) -> bool:
        return self.site.is_https(request.headers.get(FORWARDED_PROTO, ""))

    def address(self, request: Request) -> str:
        """The browser's address, for the audit log."""
        return address_of(request.headers.get("x-forwarded-for", ""), request.client.host if request.client else "", self.trust_proxy)

    def address_key(self, request: Request) -> str:
        """The key under which the address is counted."""
        return address_key(self.address(request))

    def set_cookie(self, request: Request, response: Response, app: App, secret: str, lasts: timedelta) -> None:
        https = self.is_https(request)
        name, path = app.cookie(https), app.cookie_path(https)
        response.set_cookie(
            name, secret, max_age=max(int(lasts.total_seconds()), 0), path=path, secure=https, httponly=True, samesite="lax"
        )
        if https:
            self._clear(response, app, False)

    def clear_cookie(self, request: Request, response: Response, app: App) -> None:
        https = self.is_https(request)
        # By https also the cookie that was set while the site was reached by http.
        for each in {https, False}:
            self._clear(response, app, each)

    def _clear(self, response: Response, app: App, https: bool) -> None:
        response.delete_cookie(app.cookie(https), path=app.cookie_path(https), secure=https, httponly=True, samesite="lax")
