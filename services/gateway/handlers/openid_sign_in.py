"""Signing in at an identity provider (OpenID Connect, spec 10.1): the redirect to it, its answer, and signing out there."""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from parley.tickets.v1 import directory_pb2 as directory
from servicekit.errors import Kind, TypedError
from servicekit.logs import log
from servicekit.metrics import Metrics
from services.gateway.domain.provider import (
    KeptRefresh,
    Names,
    Provider,
    RunningSignIn,
    SignInFailed,
    Why,
    code_from,
    must_be_strong,
    name_from,
    origin_of,
    return_path,
)
from services.gateway.domain.site import App
from services.gateway.errors import NotFound
from services.gateway.handlers.sign_in_refreshes import refresh_of
from services.gateway.handlers.sign_ins import SignIns
from services.gateway.ports import Cookie, Identified, IdentityProviders, RefreshSeal, SignedIn, SignOutPage, TokenSeal

# For state, nonce and verifier of PKCE, which has at least 43 characters.
SECRET_BYTES = 32
KINDS = {App.TECH: directory.PERSON_KIND_ENGINEER, App.PORTAL: directory.PERSON_KIND_CUSTOMER}


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attempt ended: with the secret and the sign-in, or with `why` not. `to`: the page that the person wanted."""

    to: str
    secret: str = ""
    signed_in: SignedIn | None = None
    why: Why | None = None


def new_sign_in(provider: Provider, to: str) -> RunningSignIn:
    """With random values of its own. `to` is any text from the request."""
    state, nonce, verifier = (secrets.token_urlsafe(SECRET_BYTES) for _ in range(3))
    return RunningSignIn(provider_id=provider.id, state=state, nonce=nonce, verifier=verifier, to=return_path(provider.app, to))


class OpenIdSignIn:
    """`site` is this site's URL, to which providers return."""

    def __init__(
        self,
        providers: Mapping[str, Provider],
        asked: IdentityProviders,
        cookie: Cookie,
        tokens: TokenSeal,
        refreshes: RefreshSeal,
        sign_ins: SignIns,
        site: str,
        metrics: Metrics,
    ) -> None:
        self._providers, self._asked, self._cookie, self._tokens = providers, asked, cookie, tokens
        self._refreshes, self._sign_ins, self._site = refreshes, sign_ins, site.rstrip("/")
        self._refused = metrics.counter("sign_ins_refused_total", "Sign-ins at identity providers that failed, by reason", ["reason"])
        for why in Why:
            self._refused.labels(why)  # from 0 on, so that an increase counts the first one too

    @property
    def form_origins(self) -> list[str]:
        """Where pages send a form to sign out at a provider."""
        return sorted({origin_of(one.issuer) for one in self._providers.values() if one.ends_session and one.sends_id_token})

    def provider(self, id: str) -> Provider:
        """Raises NotFound."""
        if id not in self._providers:
            raise NotFound("There is no such identity provider.", field="provider")
        return self._providers[id]

    def listed(self, desk_id: str) -> list[Provider]:
        """The desk's providers, or without a desk those that are listed for everybody."""
        return [one for one in self._providers.values() if (one.desk_id == desk_id if desk_id else one.listed)]

    async def begin(self, provider: Provider, to: str, *, anew: bool = False) -> tuple[str, str, Ended | None]:
        """The provider's address and the browser's cookie; or empty texts, and why not. `anew`: for another account than the one that
        the browser has at the provider."""
        running = new_sign_in(provider, to)
        try:
            address = await self._asked.address(provider, running, self._redirect_uri(provider), anew=anew)
        except SignInFailed as failed:
            return "", "", self._failed(provider, running.to, failed)
        return address, self._cookie.seal(running), None

    async def finish(self, provider: Provider, sealed: str, answer: Mapping[str, str], address: str, replaces: Collection[str]) -> Ended:
        """`sealed`: the cookie. `answer`: the query with which the provider sent the browser back. `address`: the browser's. `replaces`:
        the secrets of the browser's sign-ins."""
        to = ""
        try:
            running = self._cookie.open(sealed)
            to = running.to
            code = code_from(provider, running, answer)
            found = await self._asked.identify(provider, running, code, self._redirect_uri(provider))
            request = self._request(provider, found, running.nonce)
            request.address = address
            request.replaces.extend(replaces)
            secret, signed_in = await self._create(request)
        except SignInFailed as failed:
            return self._failed(provider, to, failed)
        return Ended(to, secret, signed_in)

    async def sign_out_page(self, signed_in: SignedIn, sealed_id_token: str) -> SignOutPage:
        """The page of the provider that the person signed in with, where the session there ends. `sealed_id_token`: what the directory
        kept of the sign-in."""
        method = signed_in.sign_in.method
        provider = next((one for one in self._providers.values() if one.method == method and one.ends_session), None)
        if provider is None:
            return SignOutPage()
        return_to = f"{self._site}/sign-in?app={provider.app.value}"
        return await self._asked.end_of_session(provider, return_to, self._tokens.open(sealed_id_token))

    def _request(self, provider: Provider, found: Identified, nonce: str) -> directory.CreateSignInRequest:
        """Raises SignInFailed."""
        must_be_strong(provider, found.claims)
        name = name_from(provider, found.claims)
        by = {"email": name} if provider.names is Names.EMAIL else {"person_id": name}
        identity = directory.ProviderIdentity(desk_id=provider.desk_id, kind=KINDS[provider.app], **by)
        request = directory.CreateSignInRequest(method=provider.method, identity=identity, lasts_seconds=provider.lasts_hours * 3600)
        if provider.ends_session and provider.sends_id_token:
            request.sealed_id_token = self._tokens.seal(found.id_token)
        if provider.is_refreshed:
            kept = KeptRefresh(token=found.refresh_token, subject=found.claims["sub"], nonce=nonce)
            refresh = refresh_of(provider, self._refreshes, kept)
            if found.refresh_token and refresh.sealed_token:
                request.refresh.CopyFrom(refresh)
            else:
                # The sign-in lasts as if the provider were not refreshed.
                log.warning("no_refresh_token", provider=provider.id, detail="too long" if found.refresh_token else "not sent")
        return request

    async def _create(self, request: directory.CreateSignInRequest) -> tuple[str, SignedIn]:
        try:
            return await self._sign_ins.create(request)
        except TypedError as error:
            raise SignInFailed(_why(error), error.code) from error

    def _failed(self, provider: Provider, to: str, failed: SignInFailed) -> Ended:
        self._refused.labels(failed.why.value).inc()
        log.info("sign_in_refused", provider=provider.id, desk=provider.desk_id, reason=failed.why.value, detail=failed.detail)
        return Ended(to, why=failed.why)

    def _redirect_uri(self, provider: Provider) -> str:
        # One for each provider, so that the answer of one cannot be taken for another's.
        return f"{self._site}/sign-in/api/callback/{provider.id}"


def _why(error: TypedError) -> Why:
    if error.code == "person_disabled":
        return Why.DISABLED
    return Why.UNKNOWN_PERSON if error.kind in (Kind.NOT_FOUND, Kind.INVALID_ARGUMENT) else Why.UNAVAILABLE
