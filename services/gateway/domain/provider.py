"""Identity providers (OpenID Connect): which desk's and app's people each of them names, and by which claim (spec 10.1)."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from services.gateway.domain.site import App

# How long a person may take at the provider.
LASTS = timedelta(minutes=15)
MAX_CLAIM = 255


class Names(StrEnum):
    """What the provider's claim is in Parley's directory."""

    EMAIL = "email"
    ID = "id"


class RefreshMode(StrEnum):
    """Whether sign-ins are refreshed at the provider, and with which refresh token."""

    NEVER = "never"
    SESSION = "session"  # the one that the provider issues by itself, which ends with the person's session there
    OFFLINE = "offline"  # the one for the scope offline_access, which ends when it is revoked or the person is disabled


class Why(StrEnum):
    """Why nobody was signed in. The sign-in page has a text for each."""

    CANCELLED = "cancelled"  # at the provider, by the person or by its rules
    EXPIRED = "expired"  # this browser began no such sign-in, or too long ago, or it has ended
    PROVIDER_DOWN = "provider_down"
    PROVIDER_REFUSED = "provider_refused"  # the provider takes neither the code nor this client
    BAD_TOKEN = "bad_token"
    UNVERIFIED = "unverified"
    TOO_WEAK = "too_weak"  # the person did not sign in as strongly as the desk demands
    UNKNOWN_PERSON = "unknown_person"
    DISABLED = "disabled"
    UNAVAILABLE = "unavailable"  # Parley's directory


class SignInFailed(Exception):
    """`detail` is for the log. It has nothing personal and no secret."""

    def __init__(self, why: Why, detail: str = "") -> None:
        super().__init__(f"{why}: {detail}")
        self.why, self.detail = why, detail


class NoAnswer(SignInFailed):
    """The provider did not answer, and may have received the request."""

    def __init__(self, detail: str) -> None:
        super().__init__(Why.PROVIDER_DOWN, detail)


class SignInOver(Exception):
    """The provider does not confirm a sign-in any more. `detail` as of SignInFailed."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRefresh:
    """What the refresh of a sign-in needs: the refresh token, and the claims `sub` and `nonce` of its ID token."""

    token: str
    subject: str
    nonce: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """`claim`: the claim of the ID token that identifies the person, by `names`. `client_secret_file` is empty for a public client.

    `verifies_addresses`: every address that the provider names belongs to its person; otherwise the token must have `email_verified`.
    `listed`: the sign-in page lists it also without the desk in its address. `ends_session`: signing out of Parley also leads to the
    provider's page for that, if it has one. `sends_id_token`: that page demands the ID token, so it is kept, encrypted, until then.
    `refresh_minutes`: between two refreshes of a sign-in. `lasts_hours`: after which a sign-in ends, 0 = as the directory's setting.
    `acr_values`, `amr_values`: how people must have signed in there; () = in any way.
    """

    id: str
    name: str
    desk_id: str
    app: App
    issuer: str
    client_id: str
    client_secret_file: str = ""
    claim: str = "email"
    names: Names = Names.EMAIL
    verifies_addresses: bool = False
    scopes: str = "openid email"
    listed: bool = True
    ends_session: bool = True
    sends_id_token: bool = False
    refresh: RefreshMode = RefreshMode.NEVER
    refresh_minutes: int = 60
    lasts_hours: int = 0
    acr_values: tuple[str, ...] = ()
    amr_values: tuple[str, ...] = ()

    @property
    def is_refreshed(self) -> bool:
        return self.refresh is not RefreshMode.NEVER

    @property
    def method(self) -> str:
        """How the directory calls its sign-ins."""
        return f"openid:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningSignIn:
    """A sign-in from the redirect to the provider until its answer. Only the person's browser keeps it, in a sealed cookie.

    `to`: the page to open afterwards. `verifier`: of PKCE (RFC 7636).
    """

    provider_id: str
    state: str
    nonce: str
    verifier: str
    to: str


def origin_of(address: str) -> str:
    """scheme://host:port of a URL, as a content security policy names it."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}".lower()


def code_from(provider: Provider, running: RunningSignIn, answer: Mapping[str, str]) -> str:
    """The code in the provider's answer, its query. Raises SignInFailed."""
    if running.provider_id != provider.id or not hmac.compare_digest(running.state.encode(), answer.get("state", "").encode()):
        raise SignInFailed(Why.EXPIRED, "state")
    # RFC 9207: the answer of another provider must not be taken for this one's.
    if answer.get("iss", provider.issuer) != provider.issuer:
        raise SignInFailed(Why.BAD_TOKEN, "iss of the answer")
    if "error" in answer:
        cancelled = answer["error"] in ("access_denied", "login_required", "interaction_required", "consent_required")
        raise SignInFailed(Why.CANCELLED if cancelled else Why.PROVIDER_REFUSED, _word(answer["error"]))
    if not answer.get("code"):
        raise SignInFailed(Why.PROVIDER_REFUSED, "no code")
    return answer["code"]


def name_from(provider: Provider, claims: Mapping[str, Any]) -> str:
    """The person's address or id in the claims of a checked ID token. Raises SignInFailed."""
    name = claims.get(provider.claim)
    if not isinstance(name, str) or not 0 < len(name) <= MAX_CLAIM:
        raise SignInFailed(Why.UNKNOWN_PERSON, "no claim")
    if provider.names is Names.EMAIL and not provider.verifies_addresses and not _is_verified(provider, claims):
        raise SignInFailed(Why.UNVERIFIED)
    return name


def must_be_strong(provider: Provider, claims: Mapping[str, Any]) -> None:
    """Whether the person signed in as the desk demands, such as with a second factor, by the claims `acr` and `amr` of a checked ID token
    (OpenID Connect Core 2). Raises SignInFailed."""
    if provider.acr_values and claims.get("acr") not in provider.acr_values:
        raise SignInFailed(Why.TOO_WEAK, "acr")
    methods = claims.get("amr")
    if provider.amr_values and not (isinstance(methods, list) and any(method in provider.amr_values for method in methods)):
        raise SignInFailed(Why.TOO_WEAK, "amr")


def return_path(app: App, to: str) -> str:
    """`to` if it is a page of the app, else the app's start page. Anybody can write a link to the sign-in page."""
    home = f"{app.path}/"
    path = to.partition("?")[0]
    plain = len(to) <= 500 and all("!" <= char <= "~" for char in to) and "\\" not in to and "#" not in to
    # A browser resolves dots, also encoded ones.
    inside = (
        path.startswith(home) and "//" not in to and not any(part in (".", "..") for part in path.lower().replace("%2e", ".").split("/"))
    )
    return to if plain and inside else home


def _is_verified(provider: Provider, claims: Mapping[str, Any]) -> bool:
    # Some providers send the text "true".
    return provider.claim == "email" and claims.get("email_verified") in (True, "true")


def _word(error: str) -> str:
    """The provider's code of the error, which anybody can write into the address, so that it may be logged."""
    return error if len(error) <= 40 and error.replace("_", "").isascii() and error.replace("_", "").isalnum() else "error"
