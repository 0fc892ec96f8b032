"""Checks ID tokens with joserfc: at a sign-in signature, issuer, audience, nonce and times (OpenID Connect Core 3.1.3.7), at a refresh
whom the token names (OpenID Connect Core 12.2)."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import Key, KeySet, import_key

from servicekit.moments import to_seconds
from services.gateway.domain.provider import Provider, SignInFailed, Why

CLOCK_SKEW_SECONDS = 60
MAX_TOKEN = 64 * 1024
MAX_KEYS = 100
# Signatures of the provider's private key only. With "none" anybody could make a token, and with HS256 anybody who has its public key.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
KEY_TYPES = frozenset({"RSA", "EC", "OKP"})


class UnknownKey(Exception):
    """The token was signed with a key that the key set lacks: the provider may have rotated its keys."""


def key_set_from(answer: Mapping[str, Any]) -> KeySet:
    """The keys for signatures in a provider's key set (RFC 7517), without unreadable ones. Raises SignInFailed if none is left."""
    listed = answer.get("keys")
    keys = [key for one in (listed if isinstance(listed, list) else [])[:MAX_KEYS] if (key := _key_from(one)) is not None]
    if not keys:
        raise SignInFailed(Why.PROVIDER_DOWN, "no usable key")
    return KeySet(keys)


def claims_of(token: str, keys: KeySet, provider: Provider, nonce: str, now: datetime) -> dict[str, Any]:
    """The claims of a valid token; `sub` is text. Raises UnknownKey, or SignInFailed."""
    if len(token) > MAX_TOKEN:
        raise SignInFailed(Why.BAD_TOKEN, "too long")
    try:
        claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
        jwt.JWTClaimsRegistry(
            now=to_seconds(now),
            leeway=CLOCK_SKEW_SECONDS,
            **_from_and_for(provider, claims),
            nonce={"essential": True, "value": nonce},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        ).validate(claims)
    except InvalidKeyIdError:
        raise UnknownKey from None
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise SignInFailed(Why.BAD_TOKEN, _reason(error)) from None
    if not isinstance(claims["sub"], str):
        raise SignInFailed(Why.BAD_TOKEN, "invalid_claim sub")
    return claims


def must_name(token: str, provider: Provider, subject: str, nonce: str) -> None:
    """Checks that the token of a refresh is for the same sign-in; it may lack the nonce. It came from the provider over TLS, in an answer
    that may leave it out: so its signature proves no more (OpenID Connect Core 3.1.3.7, 6), and neither new keys of the provider nor a
    wrong clock end a sign-in. Raises SignInFailed."""
    if len(token) > MAX_TOKEN:
        raise SignInFailed(Why.BAD_TOKEN, "too long")
    try:
        claims = json.loads(jws.extract_compact(token.encode()).payload)
        if not isinstance(claims, dict):
            raise SignInFailed(Why.BAD_TOKEN, "no claims")
        names = {name: claims[name] for name in ("iss", "aud", "azp", "sub", "nonce") if name in claims}
        jwt.JWTClaimsRegistry(
            **_from_and_for(provider, claims), sub={"essential": True, "value": subject}, nonce={"value": nonce}
        ).validate(names)
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise SignInFailed(Why.BAD_TOKEN, _reason(error)) from None


def _from_and_for(provider: Provider, claims: Mapping[str, Any]) -> dict[str, Any]:
    """What `iss`, `aud` and `azp` must be."""
    audience = claims.get("aud")
    return {
        "iss": {"essential": True, "value": provider.issuer},
        "aud": {"essential": True, "value": provider.client_id},
        # A token for several audiences names the one that asked for it.
        "azp": {"essential": isinstance(audience, list) and len(audience) > 1, "value": provider.client_id},
    }


def _key_from(listed: object) -> Key | None:
    if not isinstance(listed, dict) or listed.get("kty") not in KEY_TYPES or listed.get("use", "sig") != "sig":
        return None
    try:
        # Only the fields that make the key: providers add others, some of them not as RFC 7517 has them.
        return import_key({name: listed[name] for name in ("kty", "kid", "alg", "n", "e", "crv", "x", "y") if name in listed})
    except (JoseError, ValueError, TypeError):
        return None


def _reason(error: Exception) -> str:
    """The kind of the error and the claim, without the claim's value."""
    return f"{getattr(error, 'error', type(error).__name__)} {getattr(error, 'claim', '')}".strip()
