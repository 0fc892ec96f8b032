"""Checks ID tokens (OpenID Connect Core 3.1.3.7) with joserfc: signature, issuer, audience, nonce, times."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from joserfc import jwt
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


def claims_of(token: str, keys: KeySet, provider: Provider, nonce: str, now: datetime, subject: str = "") -> dict[str, Any]:
    """The claims of a valid token. `subject`: of the token of a refresh, which must name the same person as the first one, and may lack the
    nonce (OpenID Connect Core 12.2). Raises UnknownKey, or SignInFailed."""
    if len(token) > MAX_TOKEN:
        raise SignInFailed(Why.BAD_TOKEN, "too long")
    try:
        claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
        audience = claims.get("aud")
        jwt.JWTClaimsRegistry(
            now=to_seconds(now),
            leeway=CLOCK_SKEW_SECONDS,
            iss={"essential": True, "value": provider.issuer},
            aud={"essential": True, "value": provider.client_id},
            # A token for several audiences names the one that asked for it.
            azp={"essential": isinstance(audience, list) and len(audience) > 1, "value": provider.client_id},
            nonce={"essential": not subject, "value": nonce},
            sub={"essential": True, "value": subject} if subject else {"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        ).validate(claims)
    except InvalidKeyIdError:
        raise UnknownKey from None
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise SignInFailed(Why.BAD_TOKEN, _reason(error)) from None
    return claims


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
