"""ID tokens, as providers sign them: with the shapes of Entra ID, Google, Okta and Keycloak, and with faults."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from servicekit.moments import to_seconds
from services.gateway.domain.provider import Provider
from services.gateway.domain.site import App
from services.gateway.outbound.id_tokens import key_set_from
from tests.fakes.clock import START

SHAPES = Path(__file__).with_name("shapes")
NAMES = sorted(file.stem for file in SHAPES.glob("*.json"))
CLIENT_ID, NONCE, KID = "parley-client", "the nonce", "key-1"
NOW = START
ACME = Provider(id="acme", name="Acme", desk_id="harbour", app=App.PORTAL, issuer="https://id.acme.example", client_id=CLIENT_ID)
RSA = RSAKey.generate_key(2048, {"kid": KID})
EC, OKP = ECKey.generate_key("P-256", {"kid": KID}), OKPKey.generate_key("Ed25519", {"kid": KID})
KEYS: dict[str, RSAKey | ECKey | OKPKey] = {"RS256": RSA, "PS256": RSA, "ES256": EC, "EdDSA": OKP}


def shape_of(name: str) -> Any:
    """discovery, key, other_keys, claims, and what is special in Parley's configuration (provider)."""
    return json.loads((SHAPES / f"{name}.json").read_text())


def provider_of(name: str) -> Provider:
    shape = shape_of(name)
    return replace(ACME, id=name, issuer=shape["discovery"]["issuer"], **shape["provider"])


def key_set_of(name: str) -> dict[str, Any]:
    """The provider's key set, with the modulus of RSA."""
    shape = shape_of(name)
    modulus = RSA.as_dict(private=False)["n"]
    return {"keys": [{**key, "n": modulus} for key in (*shape["other_keys"], shape["key"])]}


def claims_with(**changed: Any) -> dict[str, Any]:
    """Valid claims of ACME's, with changes; None removes a claim."""
    now = to_seconds(NOW)
    claims = {"iss": ACME.issuer, "aud": CLIENT_ID, "sub": "mia", "nonce": NONCE, "iat": now, "exp": now + 300, "email": "mia@acme.example"}
    return {name: value for name, value in {**claims, **changed}.items() if value is not None}


def signed(claims: dict[str, Any], algorithm: str = "RS256", **header: Any) -> str:
    return jwt.encode({"alg": algorithm, "kid": KID, **header}, claims, KEYS[algorithm], algorithms=[algorithm])


def public_keys(algorithm: str = "RS256") -> KeySet:
    return key_set_from({"keys": [KEYS[algorithm].as_dict(private=False)]})
