"""Identity providers over HTTP: discovery and key sets with a cache, the address of a sign-in, codes and refreshes (OpenID Connect)."""

import base64
import hashlib
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from joserfc.jwk import KeySet

from servicekit.clock import Clock
from servicekit.logs import log
from services.gateway.domain.provider import (
    KeptRefresh,
    NoAnswer,
    Provider,
    RefreshMode,
    RunningSignIn,
    SignInFailed,
    SignInOver,
    Why,
    origin_of,
)
from services.gateway.outbound.fetched import Fetched
from services.gateway.outbound.id_tokens import UnknownKey, claims_of, key_set_from, must_name
from services.gateway.outbound.provider_file import is_safe, secret_in
from services.gateway.outbound.provider_http import ProviderHttp
from services.gateway.ports import Identified, SignOutPage

DISCOVERY = "/.well-known/openid-configuration"
OFFLINE = "offline_access"
# By these answers to a refresh token the person must sign in once more. Others may be mistakes of the configuration.
OVER = ("invalid_grant", "interaction_required", "login_required", "consent_required")


class IdentityProviders:
    """The port of the same name. It keeps one entry for each provider of the configuration."""

    def __init__(self, http: ProviderHttp, clock: Clock) -> None:
        self._http, self._clock = http, clock
        self._cached: dict[str, _Provider] = {}

    async def address(self, provider: Provider, running: RunningSignIn, redirect_uri: str, *, anew: bool = False) -> str:
        """Where the browser signs in. Raises SignInFailed."""
        found = await self._of(provider).discovery()
        scopes = provider.scopes
        if provider.refresh is RefreshMode.OFFLINE and OFFLINE not in scopes.split():
            scopes = f"{scopes} {OFFLINE}"
        challenge = base64.urlsafe_b64encode(hashlib.sha256(running.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": redirect_uri,
            "scope": scopes,
            "state": running.state,
            "nonce": running.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **({"prompt": "login"} if anew else {}),
            **({"acr_values": " ".join(provider.acr_values)} if provider.acr_values else {}),
        }
        return _with_query(found["authorization_endpoint"], query)

    async def identify(self, provider: Provider, running: RunningSignIn, code: str, redirect_uri: str) -> Identified:
        """What the tokens for this code contain. The access token is dropped. Raises SignInFailed."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": running.verifier}
        status, answer = await self._token(provider, form)
        token = answer.get("id_token")
        if status != 200 or not isinstance(token, str):
            raise SignInFailed(Why.PROVIDER_REFUSED, f"status {status} to the code")
        return Identified(await self._claims(provider, token, running.nonce), token, _text_in(answer, "refresh_token"))

    async def refresh(self, provider: Provider, kept: KeptRefresh) -> KeptRefresh:
        """What the next refresh needs. Raises SignInOver, or SignInFailed if the provider did not decide."""
        form = {"grant_type": "refresh_token", "refresh_token": kept.token}
        try:
            status, answer = await self._token(provider, form, patient=True)
        except NoAnswer:
            # The provider may have replaced the token, and may accept the former one only for a moment longer.
            status, answer = await self._token(provider, form, patient=True)
        error = _text_in(answer, "error")
        if 400 <= status < 500 and error in OVER:
            raise SignInOver(error)
        if status != 200:
            raise SignInFailed(Why.PROVIDER_REFUSED, f"status {status} to the refresh token")
        # Not every provider sends an ID token; then the answer alone confirms the person.
        if answer.get("id_token") is not None:
            try:
                must_name(_text_in(answer, "id_token"), provider, kept.subject, kept.nonce)
            except SignInFailed as failed:
                raise SignInOver(failed.detail) from failed
        return replace(kept, token=_text_in(answer, "refresh_token") or kept.token)

    async def _claims(self, provider: Provider, token: str, nonce: str) -> dict[str, Any]:
        cached = self._of(provider)
        keys = await cached.keys()
        try:
            return claims_of(token, keys, provider, nonce, self._clock.now())
        except UnknownKey:
            pass
        try:
            return claims_of(token, await cached.keys(other_than=keys), provider, nonce, self._clock.now())
        except UnknownKey:
            raise SignInFailed(Why.BAD_TOKEN, "unknown key") from None

    async def end_of_session(self, provider: Provider, return_to: str, id_token: str) -> SignOutPage:
        """The provider's page that ends the person's session there (OpenID Connect RP-Initiated Logout 1.0); none if it has none, can't be
        reached, or demands an ID token that was not kept."""
        try:
            endpoint = (await self._of(provider).discovery()).get("end_session_endpoint")
        except SignInFailed:
            return SignOutPage()
        if not (isinstance(endpoint, str) and is_safe(endpoint)):
            return SignOutPage()
        query = {"client_id": provider.client_id, "post_logout_redirect_uri": return_to}
        if not provider.sends_id_token:
            return SignOutPage(_with_query(endpoint, query))
        # Pages may send forms to the issuer's origin alone (responses.py).
        if not id_token or origin_of(endpoint) != origin_of(provider.issuer):
            return SignOutPage()
        return SignOutPage(endpoint, query | {"id_token_hint": id_token})

    async def revoke(self, provider: Provider, kept: KeptRefresh) -> bool:
        found = await self._of(provider).discovery()
        endpoint = found.get("revocation_endpoint")
        if not (isinstance(endpoint, str) and is_safe(endpoint)):
            return False
        form = {"token": kept.token, "token_type_hint": "refresh_token"}
        headers = _authentication(provider, form, found.get("revocation_endpoint_auth_methods_supported"))
        status = await self._http.post_for_status(endpoint, form, headers)
        if status != 200:
            raise SignInFailed(Why.PROVIDER_DOWN if status >= 500 else Why.PROVIDER_REFUSED, f"status {status} to the revocation")
        return True

    async def _token(self, provider: Provider, form: dict[str, str], *, patient: bool = False) -> tuple[int, dict[str, Any]]:
        """Status, below 500, and content of the answer of the token endpoint. `patient`: nobody waits for it. Raises SignInFailed."""
        found = await self._of(provider).discovery()
        headers = _authentication(provider, form, found.get("token_endpoint_auth_methods_supported"))
        status, answer = await self._http.post(found["token_endpoint"], form, headers, patient=patient)
        if status >= 500:
            raise SignInFailed(Why.PROVIDER_DOWN, f"status {status}")
        return status, answer

    def _of(self, provider: Provider) -> "_Provider":
        return self._cached.setdefault(provider.id, _Provider(provider, self._http, self._clock))


class _Provider:
    """What one provider publishes."""

    def __init__(self, provider: Provider, http: ProviderHttp, clock: Clock) -> None:
        self._provider, self._http = provider, http
        self._discovery = Fetched(self._fetch_discovery, clock, self._failed)
        self._keys = Fetched(self._fetch_keys, clock, self._failed)

    async def discovery(self) -> dict[str, Any]:
        return await self._discovery.get()

    async def keys(self, other_than: KeySet | None = None) -> KeySet:
        return await self._keys.get(other_than)

    async def _fetch_discovery(self) -> dict[str, Any]:
        found = await self._http.get(self._provider.issuer.rstrip("/") + DISCOVERY)
        if found.get("issuer") != self._provider.issuer:
            raise SignInFailed(Why.PROVIDER_DOWN, "discovery names another issuer")
        for endpoint in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not is_safe(found.get(endpoint)):
                raise SignInFailed(Why.PROVIDER_DOWN, f"discovery has no usable {endpoint}")
        return found

    async def _fetch_keys(self) -> KeySet:
        return key_set_from(await self._http.get((await self.discovery())["jwks_uri"]))

    def _failed(self, error: SignInFailed) -> None:
        log.warning("identity_provider_failed", provider=self._provider.id, why=error.why, detail=error.detail)


def _authentication(provider: Provider, form: dict[str, str], methods: object) -> dict[str, str]:
    """The headers by which the client says who it is, or else adds that to the form. `methods`: those that discovery names for the
    endpoint. Raises SignInFailed."""
    try:
        # Read each time, so that a new secret needs no restart.
        secret = secret_in(provider.client_secret_file)
    except (OSError, ValueError) as error:
        raise SignInFailed(Why.PROVIDER_REFUSED, f"client_secret_file: {type(error).__name__}") from None
    if secret and _takes_only_basic(methods):
        pair = f"{quote(provider.client_id, safe='')}:{quote(secret, safe='')}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    form |= {"client_id": provider.client_id} | ({"client_secret": secret} if secret else {})
    return {}


def _takes_only_basic(methods: object) -> bool:
    """Whether the endpoint takes the secret in a header alone, which is the default of OpenID Connect Discovery and of RFC 8414."""
    return methods is None or (isinstance(methods, list) and "client_secret_post" not in methods)


def _text_in(answer: dict[str, Any], name: str) -> str:
    found = answer.get(name)
    return found if isinstance(found, str) else ""


def _with_query(endpoint: str, query: dict[str, str]) -> str:
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"
