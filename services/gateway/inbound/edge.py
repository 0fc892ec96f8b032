"""What every request of a page passes before anything is done for it: where it comes from, and whose it is."""

from collections.abc import Collection
from dataclasses import dataclass

from fastapi import Request, Response

from services.gateway.domain.apps import App
from services.gateway.domain.errors import NotSignedIn, SignInNotNamed, WrongOrigin
from services.gateway.domain.origin import is_allowed
from services.gateway.handlers.sign_ins import SignIns
from services.gateway.inbound.websocket import cookie_of
from services.gateway.ports import SignedIn

READS = frozenset({"GET", "HEAD"})
# Spec 10.8: the id of the sign-in that the page began with.
SIGN_IN_HEADER = "Parley-Sign-In"


@dataclass(frozen=True, slots=True)
class Edge:
    """`https`: how browsers reach us, as far as the settings know; `trust_proxy`: a proxy in front may say so too."""

    sign_ins: SignIns
    origins: Collection[str]
    https: bool
    trust_proxy: bool

    async def person(self, request: Request, app: App) -> SignedIn:
        """Raises WrongOrigin, NotSignedIn, OtherSignIn, SignInNotNamed, Unavailable."""
        self.must_be_ours(request)
        named = request.headers.get(SIGN_IN_HEADER, "")
        who = await self.sign_ins.who(app, self.secret(request, app), named)
        # A read may come without it: a download is a plain link.
        if not named and request.method not in READS:
            raise SignInNotNamed(f"Say in the header {SIGN_IN_HEADER} with which sign-in the page began.", field=SIGN_IN_HEADER)
        return who

    async def may_be_person(self, request: Request, app: App) -> SignedIn | None:
        """The same for a page load, which nobody is refused for."""
        try:
            return await self.sign_ins.who(app, self.secret(request, app))
        except NotSignedIn:
            return None

    def must_be_ours(self, request: Request) -> None:
        """Spec 10.7, design 2: a write comes from a page of ours. Raises WrongOrigin."""
        headers = request.headers
        if request.method not in READS and not is_allowed(headers.get("origin", ""), headers.get("host", ""), self.origins):
            raise WrongOrigin("This page may not do that here.")

    def secret(self, request: Request, app: App) -> str:
        return cookie_of(request.headers.get("cookie", ""), app)

    def is_https(self, request: Request) -> bool:
        return self.https or (self.trust_proxy and request.headers.get("x-forwarded-proto", "") == "https")

    def address(self, request: Request) -> str:
        """Where the browser is, for the audit log. Of several hops only the last one was written by our own proxy."""
        forwarded = request.headers.get("x-forwarded-for", "") if self.trust_proxy else ""
        last = forwarded.rpartition(",")[2].strip()
        return last or (request.client.host if request.client else "")

    def set_cookie(self, request: Request, response: Response, app: App, secret: str, seconds: int) -> None:
        response.set_cookie(
            app.cookie, secret, max_age=seconds, path=app.path, secure=self.is_https(request), httponly=True, samesite="lax"
        )

    def clear_cookie(self, request: Request, response: Response, app: App) -> None:
        response.delete_cookie(app.cookie, path=app.path, secure=self.is_https(request), httponly=True, samesite="lax")
